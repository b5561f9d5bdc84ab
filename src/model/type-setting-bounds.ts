/**
 * The values that the settings of agent types may have: the table, the settings of the process and the flags of
 * the command line have the same. Data alone: commands load no schema library.
 */

import { STEP_TIMEOUT_MS_MAX } from "./limits.ts";

/** OTP's words: `permanent` always starts again, `transient` after a failure only, `temporary` never. */
export const restartTypes = ["permanent", "transient", "temporary"] as const;

const DAY_MS = 86_400_000;

/** The least and the greatest whole number. */
export const settingBounds = {
  restarts_max: [0, 1_000],
  restarts_window_ms: [1, DAY_MS],
  destroy_timeout_ms: [0, 3_600_000],
  memory_mb: [16, 65_536],
  interval_ms: [0, DAY_MS],
  step_timeout_ms: [10, STEP_TIMEOUT_MS_MAX],
  step_retries: [0, 10_000],
} as const satisfies Readonly<Record<string, readonly [least: number, greatest: number]>>;
