/**
 * Settings that LanceDB reads from the real environment when it is imported: the composition root sets
 * missing ones before it imports anything else of this room.
 * Invariant: nothing here imports LanceDB.
 */

import { localFolder } from "../ownership/location.ts";

/** LanceDB's log writes directly to stderr, so it is limited to errors. Agents' threads need the cores. */
const ANY_PLACE: Readonly<Record<string, string>> = {
  LANCE_CPU_THREADS: "2",
  LANCEDB_LOG: "error",
};

/** Threads that read files. By default there are eight. */
const FOLDER: Readonly<Record<string, string>> = { ...ANY_PLACE, LANCE_IO_THREADS: "4" };

/**
 * Names and values. On an object store the same number would limit the requests at one moment, and a read
 * makes one or two for each fragment: LanceDB's own limit, 64, stays. With 4, a page of steps from 340
 * fragments took 4 to 15 s on a store that answers within 45 ms, and with 64 less than 2 s.
 */
export function lanceEnvironment(location: string): Readonly<Record<string, string>> {
  return localFolder(location) === undefined ? ANY_PLACE : FOLDER;
}
