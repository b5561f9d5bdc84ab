/** After how much silence a live picture is stale. Pure. */

/**
 * Figures arrive each second: after so many milliseconds without them, a reader must know that what is
 * shown may no longer be true.
 */
export const QUIET_MS = 6_000;
