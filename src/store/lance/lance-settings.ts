/**
 * Settings that LanceDB reads from the real environment when it is imported: the composition root
 * sets those that are missing before it imports anything else of this room.
 * Invariant: nothing here imports LanceDB.
 */

/**
 * Names and values. The thread pools default to one thread per core and more, which agents' threads
 * need more; the log writes to stderr past our own, so it speaks of errors only.
 */
export const LANCE_ENVIRONMENT: Readonly<Record<string, string>> = {
  LANCE_CPU_THREADS: "2",
  LANCE_IO_THREADS: "4",
  LANCEDB_LOG: "error",
};
