/** The table `agents_config`: settings of agent types, which other programs may write. */

import Type from "typebox";
import { Text, Time } from "../schema-parts.ts";
import { restartTypes, settingBounds } from "../type-setting-bounds.ts";
import { foreignText, int32, int64, orElse, orNull, text } from "./column.ts";

/** The values of each setting. */
export const settings = {
  restart: Type.Enum([...restartTypes]),
  restarts_max: bounded("restarts_max"),
  restarts_window_ms: bounded("restarts_window_ms"),
  destroy_timeout_ms: bounded("destroy_timeout_ms"),
  memory_mb: bounded("memory_mb"),
  interval_ms: bounded("interval_ms"),
  step_timeout_ms: bounded("step_timeout_ms"),
  step_retries: bounded("step_retries"),
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

function bounded(name: keyof typeof settingBounds) {
  const [minimum, maximum] = settingBounds[name];
  return Type.Integer({ minimum, maximum });
}
