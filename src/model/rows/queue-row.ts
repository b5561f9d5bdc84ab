/** The table `queue`: one row for each action. Any program may append, so its texts are parsed later. */

import Type from "typebox";
import { actionOutcomes } from "../action-outcomes.ts";
import { ErrorData } from "../error-data.ts";
import { TIME_MS_MAX, URGENCY_MAX } from "../limits.ts";
import { Count, Flag, Text, Time } from "../schema-parts.ts";
import {
  bool,
  checkedJson,
  foreignText,
  foreignTime,
  int32,
  int64,
  oneOf,
  orElse,
  orNull,
  text,
} from "./column.ts";

const Urgency = Type.Integer({ minimum: -URGENCY_MAX, maximum: URGENCY_MAX });
const DueTime = Type.Integer({ minimum: 0, maximum: TIME_MS_MAX });

/** Times are milliseconds since the epoch. */
export const queueRow = Type.Object({
  id: foreignText(Text),
  action: foreignText(Text),
  agent_id: orNull(text(Text)),
  actor: foreignText(Text),
  /** JSON text. */
  payload: foreignText(Text),
  /** JSON text. */
  metadata: orNull(text(Text)),
  /** Higher goes first. */
  urgency: orElse(int32(Urgency), 0),
  created_at: foreignTime(Time),
  processed: bool(Flag),
  /** It is not dispatched before; null = immediately. */
  not_before: orNull(int64(DueTime)),
  /** Dispatches that failed so far. */
  attempts: orElse(int32(Count), 0),
  outcome: orNull(oneOf(actionOutcomes, null)),
  /** Why it was rejected, buried or withdrawn; for `done` at most a note. */
  error: orNull(checkedJson(ErrorData)),
  processed_at: orNull(int64(Time)),
  /** Digest of its request's `Idempotency-Key`, unless its id is derived from that. */
  request_key: orNull(text(Text)),
});
