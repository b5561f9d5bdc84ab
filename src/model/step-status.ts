/** How steps end. Loads no schema library. */

export const stepStatuses = ["ok", "error", "aborted"] as const;
export type StepStatus = (typeof stepStatuses)[number];
