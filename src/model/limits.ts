/** The named limits that more than one part must agree on. Sizes are bytes of JSON text. */

/** Largest payload, metadata or config of one action. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;
/** Largest result of one step that is kept; a longer one is cut, and says so. */
export const RESULT_BYTES_MAX = 64 * 1024;
/** Largest context of an agent; a larger one is refused and the step counts as failed. */
export const CONTEXT_BYTES_MAX = 1024 * 1024;
/** Results kept in an agent's row. */
export const HISTORY_ENTRIES_MAX = 20;
/** Interrupts that may wait for one agent; a further one is rejected. */
export const GUIDANCE_ENTRIES_MAX = 500;
/** What they may say in all. */
export const GUIDANCE_BYTES_MAX = 4 * 1024 * 1024;
/** Actions in one array that is enqueued at once. */
export const ENQUEUE_ROWS_MAX = 10_000;
/** Bytes of text of one row of the queue; a row that has more is rejected without being read whole. */
export const ROW_BYTES_MAX = 1024 * 1024;
