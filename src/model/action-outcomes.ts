/** How actions end. Loads no schema library. */

/** `cancelled`: it was withdrawn before it had started. */
export const actionOutcomes = ["done", "cancelled", "rejected", "dead"] as const;
