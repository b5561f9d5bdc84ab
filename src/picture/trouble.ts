/** What is wrong with an agent, even one whose status looks healthy. Pure. */

import type { AgentRow } from "../model/agent.ts";

/**
 * In the order of their urgency: what has stopped comes first.
 *
 * `store` the database refuses writes, which concerns all agents · `error` it has failed for good ·
 * `self_paused` it paused itself because its model calls fail or its steps cannot be stored · `effect_unknown` it waits until somebody says
 * whether an effect took place · `safe_mode` it was restored paused because the process died too often ·
 * `unresponsive` its event loop does not turn · `restarting` it is restarted again and again ·
 * `model_failing` its last step failed because of its model · `unstorable` its last step failed because its
 * result or its context cannot be stored · `model_waiting` its call waits for its model ·
 * `silent` it has taken no step for long · `guidance` its guidance is not used · `memory` its memory is
 * almost used up.
 */
export const troubles = [
  "store",
  "error",
  "self_paused",
  "effect_unknown",
  "safe_mode",
  "unresponsive",
  "restarting",
  "model_failing",
  "unstorable",
  "model_waiting",
  "silent",
  "guidance",
  "memory",
] as const;
export type Trouble = (typeof troubles)[number];

/** Trouble in which an agent stays until somebody does something, and that its row shows. */
export type RowTrouble = "error" | "self_paused" | "effect_unknown" | "safe_mode";

export type TroubledRow = Pick<AgentRow, "status" | "iteration" | "last_error">;

export function isTrouble(text: string): text is Trouble {
  return troubles.some((trouble) => trouble === text);
}

/** @param unresponsiveSince from its live figures; null if its event loop turns or is not known */
export function troubleOf(
  row: TroubledRow,
  unresponsiveSince: number | null,
): RowTrouble | "unresponsive" | null {
  return rowTroubleOf(row) ?? (unresponsiveSince === null ? null : "unresponsive");
}

export function rowTroubleOf({
  status,
  iteration,
  last_error: error,
}: TroubledRow): RowTrouble | null {
  if (status === "error") return "error";
  if ((status !== "paused" && status !== "pausing") || error === null) return null;
  // A later step means that it was resumed since, and paused by an action.
  const isOfNow = (error.details?.["iteration"] ?? iteration) === iteration;
  switch (error.code) {
    case "SAFE_MODE":
      return isOfNow ? "safe_mode" : null;
    case "EFFECT_UNKNOWN":
      return "effect_unknown";
    case "AGENT_PAUSED_BY_FAILURES":
      return isOfNow ? "self_paused" : null;
    default:
      return null;
  }
}

/**
 * Why the steps of an agent that runs fail, as long as no later one has succeeded: until it pauses itself,
 * nothing else shows them.
 */
export function failureOf(row: TroubledRow): "model_failing" | "unstorable" | null {
  const { status, iteration, last_error: error } = row;
  if (status !== "running" || error?.details?.["iteration"] !== iteration) return null;
  if (error.code.startsWith("LLM_")) return "model_failing";
  return error.code === "AGENT_REPORT_INVALID" ? "unstorable" : null;
}

/** The trouble as one code; also the error of an agent that is being restarted. */
export function troubleCode(
  row: TroubledRow,
  unresponsiveSince: number | null,
): string | undefined {
  const trouble = troubleOf(row, unresponsiveSince);
  if (trouble === "unresponsive") return trouble;
  const hasFailed = trouble !== null || row.status === "restarting";
  return hasFailed ? row.last_error?.code : undefined;
}
