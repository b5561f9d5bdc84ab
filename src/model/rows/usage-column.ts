/** The column `usage` of `agent_state`: the tokens of the agent's model calls. */

import Type from "typebox";
import { Count, Text, Time } from "../schema-parts.ts";
import { checkedJson, orNull } from "./column.ts";

/** The tokens of the newest hour, or day, in which there were any. */
const Window = Type.Object({
  /** Its start in UTC, in milliseconds since the epoch. */
  start: Time,
  input_tokens: Count,
  output_tokens: Count,
});

const SpentSchema = Type.Object({
  /** The type of the agent when it made the calls. */
  agent_type: Text,
  /** The model's name at its provider; null if it is not known. */
  model: Type.Union([Text, Type.Null()]),
  /** Ever. */
  input_tokens: Count,
  output_tokens: Count,
  hour: Window,
  day: Window,
});

/** Null in rows from before this was kept, until the agent runs. */
export const usageSchema = orNull(
  checkedJson(
    Type.Object({
      /** The last call that is counted; later ones are in `agent_effects` alone. */
      epoch: Count,
      effect_id: Text,
      spent: Type.Array(SpentSchema),
    }),
  ),
);
