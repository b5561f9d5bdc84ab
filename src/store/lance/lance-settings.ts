/**
 * Settings that LanceDB reads from the real environment when it is imported: the composition root sets
 * missing ones before it imports anything else of this room.
 * Invariant: nothing here imports LanceDB.
 */

/**
 * Names and values. LanceDB's thread pools default to a thread per core or more, but agents'
 * threads need the cores; its log writes directly to stderr, so it is limited to errors.
 */
export const LANCE_ENVIRONMENT: Readonly<Record<string, string>> = {
  LANCE_CPU_THREADS: "2",
  LANCE_IO_THREADS: "4",
  LANCEDB_LOG: "error",
};
