/** The limits that several rooms share. Sizes are bytes of JSON text. */

/** Largest payload, metadata or config of one action. */
export const PAYLOAD_BYTES_MAX = 256 * 1024;
/** Largest result of one step that is kept; a longer one is cut, with a note about the cut. */
export const RESULT_BYTES_MAX = 64 * 1024;
/** Characters of a result in lists and summaries; a longer one ends in an ellipsis. */
export const RESULT_LISTED_MAX = 1_024;
/** Largest context of an agent; a larger one is refused and the step counts as failed. */
export const CONTEXT_BYTES_MAX = 1024 * 1024;
/** Results kept in an agent's row. */
export const HISTORY_ENTRIES_MAX = 20;
/** Interrupts that may wait for one agent; a further one is rejected. */
export const GUIDANCE_ENTRIES_MAX = 500;
/** Largest guidance of them all together. */
export const GUIDANCE_BYTES_MAX = 4 * 1024 * 1024;
/** Highest urgency; the lowest is its negative. Fits an Int32 column. */
export const URGENCY_MAX = 2 ** 31 - 1;
/**
 * The greatest numbers in our own tables unless a schema says less: half of what the column holds, so that a
 * counter which another program has set can still grow.
 */
export const INT32_READ_MAX = 2 ** 30;
export const INT64_READ_MAX = 2 ** 52;
/** Latest time in milliseconds since the epoch: the latest of a `Date`. */
export const TIME_MS_MAX = 8_640_000_000_000_000;
/** Longest name of an actor, in characters. */
export const ACTOR_CHARS_MAX = 256;
export const PAGE_ITEMS_MAX = 1_000;
/** Most actions enqueued together. */
export const ENQUEUE_ROWS_MAX = 10_000;
/**
 * Bytes of one model call's answer on the network. A stream takes some 300 bytes per token, so this is
 * more than a model can produce before the call times out.
 */
export const LLM_ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of text of one row of the queue; a row that has more is rejected without being read whole. */
export const ROW_BYTES_MAX = 1024 * 1024;
/** Longest subject of an agent, in characters. */
export const SUBJECT_CHARS_MAX = 2_000;
/** Longest text of a step's progress, in characters; the rest is cut. */
export const PROGRESS_CHARS_MAX = 200;
/** Greatest `step_timeout_ms`, in milliseconds. */
export const STEP_TIMEOUT_MS_MAX = 86_400_000;
/** Longest name of a model, in characters. */
export const MODEL_CHARS_MAX = 256;
/** Longest message of an agent's log line, in characters; the rest is cut. */
export const LOG_MESSAGE_CHARS_MAX = 4_000;
/** Longest JSON text of a log line's fields, in characters; larger fields are left out. */
export const LOG_FIELDS_CHARS_MAX = 16_000;
/** Length of a profile of an agent's thread, in seconds. */
export const PROFILE_SECONDS_MIN = 0.1;
export const PROFILE_SECONDS_MAX = 60;
export const PROFILE_SECONDS_DEFAULT = 5;
/** Heap of an agent of which a summary is made, in bytes. */
export const HEAP_SUMMARY_BYTES_MAX = 128 * 1024 * 1024;
export const LOG_LINES_KEPT_MAX = 500;
