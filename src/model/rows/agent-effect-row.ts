/**
 * The table `agent_effects`: what steps did outside themselves, append only, until retention. A row is one
 * state of an effect; the furthest row of an effect counts (see effect.ts).
 */

import Type from "typebox";
import { effectKinds, effectStates } from "../effect-states.ts";
import { ErrorData } from "../error-data.ts";
import type { AgentId } from "../ids.ts";
import { Count, Text, Time } from "../schema-parts.ts";
import { checkedJson, int32, int64, oneOf, orElse, orNull, text } from "./column.ts";

/** Times are milliseconds since the epoch. */
export const agentEffectRow = Type.Object({
  /** The same in all rows of one effect. Ids made later sort later. */
  effect_id: text(Text),
  agent_id: text(Type.Unsafe<AgentId>(Text)),
  generation: int32(Count),
  /** The step that it belongs to. */
  iteration: int64(Count),
  /** The first iteration of its turn; 0 if its key holds for all turns of the agent. */
  turn: int64(Count),
  kind: oneOf(effectKinds, "once"),
  /** The BAML function of a model call; of `once`, the key. */
  name: text(Text),
  /** Of `once`, the key; of a model call, its number among the equal ones of this step, from 1. */
  key: text(Text),
  /** SHA-256 of what was asked, as hexadecimal digits; empty for `once`. */
  input_hash: text(Text),
  /** JSON text of what was asked; null unless `TROUPE_KEEP_PROMPTS` is on. */
  input: orNull(text(Text)),
  state: oneOf(effectStates, "unknown"),
  /** JSON text of the result; null if there is none, or if it is too large to be kept. */
  value: orNull(text(Text)),
  error: orNull(checkedJson(ErrorData)),
  /** The model that answered, and its tokens. */
  model: orNull(text(Text)),
  input_tokens: orNull(int64(Count)),
  output_tokens: orNull(int64(Count)),
  /** Milliseconds that a model call waited for its turn. */
  wait_ms: orNull(int64(Count)),
  /** Attempts at a model call that failed before the last. */
  retries: orNull(int32(Count)),
  started_at: int64(Time),
  ended_at: orNull(int64(Time)),
  /** The start of the process that stored the row; 0 in rows from before this was kept. */
  epoch: orElse(int32(Count), 0),
});
