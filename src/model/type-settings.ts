/** How the supervisor treats the agents of one type: a row of `agents_config`. */

import Type from "typebox";
import { Compile } from "typebox/compile";

/** OTP's words: `permanent` always starts again, `transient` after a failure only, `temporary` never. */
const RestartType = Type.Union([
  Type.Literal("permanent"),
  Type.Literal("transient"),
  Type.Literal("temporary"),
]);

/** An agent that says it is done ends; one that fails is started again. */
const RESTART_TYPE_DEFAULT = "transient";

/** One row, defaults filled in. A null means the setting of the process, or of the agent. */
export type AgentTypeSettings = Type.Static<typeof AgentTypeSettings>;
export const AgentTypeSettings = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  config: Type.Record(Type.String(), Type.Unknown()),
  restart: RestartType,
  restarts_max: Type.Integer({ minimum: 0, maximum: 1_000 }),
  restarts_window_ms: Type.Integer({ minimum: 1, maximum: 86_400_000 }),
  destroy_timeout_ms: Type.Union([Type.Integer({ minimum: 0, maximum: 3_600_000 }), Type.Null()]),
  memory_mb: Type.Union([Type.Integer({ minimum: 16, maximum: 65_536 }), Type.Null()]),
  interval_ms: Type.Union([Type.Number({ minimum: 0, maximum: 86_400_000 }), Type.Null()]),
});

/** The built-in defaults of a type that has no row. */
export function defaultTypeSettings(name: string): AgentTypeSettings {
  return {
    name,
    config: {},
    restart: RESTART_TYPE_DEFAULT,
    restarts_max: 5,
    restarts_window_ms: 60_000,
    destroy_timeout_ms: null,
    memory_mb: null,
    interval_ms: null,
  };
}

const validator = Compile(AgentTypeSettings);

/** The settings, or in words which of them cannot be what it is. */
export function parseTypeSettings(
  value: unknown,
): AgentTypeSettings | { readonly problem: string } {
  if (validator.Check(value)) return value;
  const [first] = validator.Errors(value);
  const column = first?.instancePath.slice(1).replaceAll("/", ".") || "row";
  return { problem: `${column} ${first?.message ?? "is not valid"}` };
}
