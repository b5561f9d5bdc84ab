/** The table `supervisors`: one row, which says who runs the database, wherever that is. */

import Type from "typebox";
import { Count, JsonObject, type StaticOf, Text, Time } from "../schema-parts.ts";
import { int32, int64, json, orNull, text } from "./column.ts";

export const supervisorsRow = Type.Object({
  /** Number of the last claim: the number of the start of the process that made it. */
  epoch: int32(Count),
  /** The process that claimed the database: its id, its host and what distinguishes it; null once it has ended in order. */
  holder: orNull(json(JsonObject)),
  /** Its server's URL; null for one that does not serve. */
  url: orNull(text(Text)),
  claimed_at: int64(Time),
});

export type SupervisorRow = StaticOf<typeof supervisorsRow>;

/** The row of a database that no process has claimed yet. */
export const NOBODY: SupervisorRow = { epoch: 0, holder: null, url: null, claimed_at: 0 };
