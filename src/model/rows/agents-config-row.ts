/** The table `agents_config`: settings of agent types, which other programs may write. */

import Type from "typebox";
import { STEP_TIMEOUT_MS_MAX } from "../limits.ts";
import { Text, Time } from "../schema-parts.ts";
import { foreignText, int32, int64, orElse, orNull, text } from "./column.ts";

/** The values of each setting. */
export const settings = {
  /** OTP's words: `permanent` always starts again, `transient` after a failure only, `temporary` never. */
  restart: Type.Enum(["permanent", "transient", "temporary"]),
  restarts_max: Type.Integer({ minimum: 0, maximum: 1_000 }),
  restarts_window_ms: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  destroy_timeout_ms: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
  memory_mb: Type.Integer({ minimum: 16, maximum: 65_536 }),
  interval_ms: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
  step_timeout_ms: Type.Integer({ minimum: 10, maximum: STEP_TIMEOUT_MS_MAX }),
  step_retries: Type.Integer({ minimum: 0, maximum: 10_000 }),
};

/** Null = the definition of the type decides, or the built-in default. */
export const agentsConfigRow = Type.Object({
  name: foreignText(Text),
  /** JSON text of an object: defaults for the type's own settings. */
  config: orNull(text(Text)),
  restart: orNull(text(settings.restart)),
  restarts_max: orNull(int32(settings.restarts_max)),
  restarts_window_ms: orNull(int64(settings.restarts_window_ms)),
  destroy_timeout_ms: orNull(int64(settings.destroy_timeout_ms)),
  memory_mb: orNull(int32(settings.memory_mb)),
  interval_ms: orNull(int64(settings.interval_ms)),
  step_timeout_ms: orNull(int64(settings.step_timeout_ms)),
  step_retries: orNull(int32(settings.step_retries)),
  updated_at: orElse(int64(Time), 0),
});
