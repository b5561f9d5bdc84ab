/**
 * Settings that LanceDB reads from the real environment when it is imported: the composition root sets
 * missing ones before it imports anything else of this room.
 * Invariant: nothing here imports LanceDB.
 */

import { localFolder } from "../ownership/location.ts";

/**
 * Rows that a compaction, a merge or an update has in memory at the same time. With LanceDB's 8,192 a compaction
 * of 268 rows of 8 MB took 4.2 GiB and failed with an overflow at 2 GiB, at each further try as well; a row of
 * `agent_state` may have 6 MB. With 200,000 small rows a merge takes a fifth more processor time.
 */
export const BATCH_ROWS = 128;

/** LanceDB's log writes directly to stderr, so it is limited to errors. Agents' threads need the cores. */
const ANY_PLACE: Readonly<Record<string, string>> = {
  LANCE_CPU_THREADS: "2",
  LANCE_DEFAULT_BATCH_SIZE: String(BATCH_ROWS),
  LANCEDB_LOG: "error",
};

/** Threads that read files. By default there are eight. */
const FOLDER: Readonly<Record<string, string>> = { ...ANY_PLACE, LANCE_IO_THREADS: "4" };

interface Form {
  readonly expected: string;
  readonly isValid: (text: string) => boolean;
}

/**
 * Variables that LanceDB, and the runtime that BAML shares with it, read without a fallback: with another
 * value the process aborts, a read panics, or none ends. Each was tried with LanceDB 0.39 and nonsense, 0,
 * empty text, -1, and numbers beyond 64 bits; all others of its variables fall back, or are for indices that
 * are not used here.
 */
export const variableForms: Readonly<Record<string, Form>> = {
  TOKIO_WORKER_THREADS: whole(1, 1_024),
  LANCE_CPU_THREADS: whole(1, 1_024),
  LANCE_IO_THREADS: whole(1, 1_024),
  LANCE_IO_CORE_RESERVATION: whole(0, 1_024),
  LANCE_MAX_IOP_SIZE: whole(1, 2 ** 40),
  LANCE_DEFAULT_BATCH_SIZE: whole(1, 2 ** 31),
  LANCE_ENCODING_DICT_SIZE_RATIO: {
    expected: "a number above 0, up to 1",
    isValid: (text) => Number(text) > 0 && Number(text) <= 1,
  },
  LANCE_ENCODING_DICT_VALUES_COMPRESSION: {
    expected: "lz4, zstd or none",
    isValid: (text) => ["lz4", "zstd", "none"].includes(text),
  },
};

function whole(min: number, max: number): Form {
  return {
    expected: `a whole number from ${min} to ${max}`,
    isValid: (text) => /^\d{1,15}$/.test(text) && Number(text) >= min && Number(text) <= max,
  };
}

/**
 * Names and values. On an object store the same number would limit the requests at one moment, and a read
 * makes one or two for each fragment: LanceDB's own limit, 64, stays. With 4, a page of steps from 340
 * fragments took 4 to 15 s on a store that answers within 45 ms, and with 64 less than 2 s.
 */
export function lanceEnvironment(location: string): Readonly<Record<string, string>> {
  return localFolder(location) === undefined ? ANY_PLACE : FOLDER;
}
