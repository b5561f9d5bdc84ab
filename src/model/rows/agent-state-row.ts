/** The table `agent_state`: one row per agent, ever. */

import Type from "typebox";
import { agentStatuses } from "../agent-status.ts";
import { withoutUnfit } from "../common-config.ts";
import { ErrorData } from "../error-data.ts";
import { History } from "../history.ts";
import type { AgentId } from "../ids.ts";
import { nextSteps } from "../next-step.ts";
import { Count, Flag, JsonObject, Text, Time } from "../schema-parts.ts";
import {
  bool,
  checkedJson,
  held,
  int32,
  int64,
  oneOf,
  orElse,
  orNull,
  secretJson,
  text,
} from "./column.ts";
import { HistoryEntry } from "./history-entry.ts";
import { usageSchema } from "./usage-column.ts";

/** Guidance that was received and not used yet. */
export const Guidance = Type.Object({
  /** The action that brought it. */
  action_id: Type.String(),
  /** Its content, whose meaning the agent's type defines. */
  guidance: JsonObject,
  /** When it was handled, in milliseconds since the epoch. */
  at: Type.Number(),
});

/** How an agent's last thread ended. */
export const ExitReason = Type.Object({
  /**
   * `destroyed` by an action, `finished` on its own, `failed`, or `shutdown` of the process.
   * `unstartable`: its type, module or config did not allow it to start again; a reload that fixes the
   * cause brings it back.
   */
  reason: Type.Enum(["destroyed", "finished", "failed", "unstartable", "shutdown"]),
  /** The rung of the stop ladder that ended it: it cooperated, or had to be terminated. */
  rung: Type.Enum(["none", "cooperative", "terminated", "zombie"]),
  /** Milliseconds from the request to stop until the end of the thread. */
  took_ms: Type.Number(),
  /** The reason in the request. */
  note: Type.Optional(Type.String()),
});

/** Times are milliseconds since the epoch. */
export const agentStateRow = Type.Object({
  agent_id: text(Type.Unsafe<AgentId>(Text)),
  agent_type: text(Text),
  /** An unknown one reads as `error`: the agent runs no code until somebody creates it again. */
  status: oneOf(agentStatuses, "error"),
  /** The desired state: true from a pause until the resume. `status` is the actual state. */
  paused: bool(Flag),
  /** Steps ended so far, over all generations; the running step is number `iteration + 1`. */
  iteration: int64(Count),
  result: orNull(text(Text)),
  current_subject: orNull(text(Text)),
  pending_guidance: checkedJson(Type.Array(Guidance)),
  /**
   * The agent's own state after its last step: JSON text of up to `CONTEXT_BYTES_MAX`, which is parsed
   * only if the value is needed.
   */
  context: orElse(text(Text), "null"),
  history: held(Type.Array(HistoryEntry), (text, onDamaged) => new History(text, onDamaged)),
  last_error: orNull(checkedJson(ErrorData)),
  /** Times it was started again after a failure, ever. */
  restarts: int32(Count),
  /** Starts of this agent, ever. Reports of an older generation are refused. */
  generation: int32(Count),
  /** The start of the process that wrote the row last. */
  epoch: int32(Count),
  started_at: int64(Time),
  ended_at: orNull(int64(Time)),
  updated_at: int64(Time),
  /** Config from the creation, so that a later process can start the agent again. */
  config: secretJson(JsonObject, withoutUnfit),
  /**
   * Actions whose effect is in this row and whose ack may not be stored yet; they must not be applied
   * again after a crash between the two.
   */
  applied_actions: checkedJson(Type.Array(Text)),
  exit_reason: orNull(checkedJson(ExitReason)),
  /**
   * Id of a step. When this row was stored, the rows of all agents had the steps of this epoch with lower
   * ids; this one and later ones may have to be brought up.
   */
  steps_since: orElse(text(Text), ""),
  /**
   * The first iteration of the open turn, which ends with the next step that succeeds: effects with this
   * number are not simply repeated (effect.ts). 0 in rows from before this was kept.
   */
  turn: orElse(int64(Count), 0),
  /** When the next step is due, if its last step said a time. */
  next_at: orNull(int64(Time)),
  /** `guidance` if its last step said that the next waits for guidance alone. */
  next_on: orNull(oneOf(nextSteps, null)),
  /** Tokens of its model calls, ever and lately, by type and model. */
  usage: usageSchema,
});
