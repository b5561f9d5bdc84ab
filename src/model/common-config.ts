/** The settings in the config of every agent, whatever its type. */

import Type, { type TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import { ModelName } from "./named-model.ts";
import type { CommonSetting } from "./secret-config.ts";
import { settingBounds } from "./type-setting-bounds.ts";

const [leastMs, greatestMs] = settingBounds.interval_ms;

export type CommonConfig = Type.Static<typeof CommonConfig>;
export const CommonConfig = Type.Object({
  /** Milliseconds from the start of one step to the start of the next; 0 = no pause between. */
  interval_ms: Type.Optional(Type.Number({ minimum: leastMs, maximum: greatestMs })),
  initial_subject: Type.Optional(Type.String({ maxLength: 2_000 })),
  /**
   * Milliseconds without a turn of its event loop after which the agent is terminated and its
   * restart type decides; left out: never.
   */
  unresponsive_timeout_ms: Type.Optional(Type.Number({ minimum: 2_000, maximum: 86_400_000 })),
  model: Type.Optional(ModelName),
} satisfies Record<CommonSetting, TSchema>);

let validators: ReadonlyMap<string, Validator> | undefined;

/**
 * The config of an agent's row without the common settings that no agent can have, which another program has
 * written: its type's count instead. The same object if there are none. Pure.
 */
export function withoutUnfit(config: Readonly<Record<string, unknown>>): typeof config {
  validators ??= new Map(
    Object.entries(CommonConfig.properties).map(([name, schema]) => [name, Compile(schema)]),
  );
  const isFit = ([name, value]: [string, unknown]) => validators?.get(name)?.Check(value) !== false;
  const entries = Object.entries(config);
  return entries.every(isFit) ? config : Object.fromEntries(entries.filter(isFit));
}
