/**
 * The rules by which an agent needs attention, the same for the page, `troupe top` and `troupe trouble`. Pure.
 *
 * Rules about waits use the moment at which the figures were read: figures of a page in the background are a
 * minute old, and those of a lost connection older, and an agent must not look stuck because of that.
 * Rejected: the time of the last known step, because such pages receive no steps.
 *
 * An agent has at most one trouble that stops it, since a step that hangs also leaves guidance unused.
 * How often it was restarted lately is in `last_error.details`, so that no client has to count events, of
 * which it knows none from before it was opened. Rejected: silence after three intervals alone, because a
 * step of a model takes longer than three short ones.
 */

import type { ErrorData } from "../model/error-data.ts";
import { recentRestarts } from "../model/recent-restarts.ts";
import type { AgentPicture } from "./agent-picture.ts";
import { bytesText } from "./number-text.ts";
import { failureOf, rowTroubleOf, type Trouble } from "./trouble.ts";

/** Intervals without a step after which an agent is silent, and the least milliseconds: many steps take long. */
const SILENT_INTERVALS = 3;
export const SILENT_MS_MIN = 60_000;
/** Milliseconds after which guidance should have been used. */
export const GUIDANCE_MS_MAX = 30_000;
/** Milliseconds after which a call should have had its turn. */
export const MODEL_WAIT_MS_MAX = 30_000;
/** Recent restarts from which on they are a loop, and the milliseconds for which the last one counts. */
const RESTARTS_MIN = 3;
export const RESTARTS_MS = 300_000;

export interface AgentTrouble {
  readonly trouble: Exclude<Trouble, "store">;
  /** Code of the error behind it, or the type that has the budget; may be empty. */
  readonly code: string;
  /** The first line of the error's message, or what makes causes different; may be empty. */
  readonly message: string;
  /** When it started, and when it was seen last, in milliseconds since the epoch. */
  readonly since: number;
  readonly last: number;
}

/**
 * At most one trouble that stops it, because the others follow from it; one about restarts, and one about
 * memory.
 * @param isStoreHealthy false while no step can be stored: then agents wait for that
 */
export function troublesOf(
  agent: AgentPicture,
  now: number,
  isStoreHealthy = true,
): readonly AgentTrouble[] {
  const halted = haltOf(agent);
  if (halted !== null) return [halted];
  const stuck =
    unresponsiveOf(agent) ??
    failingOf(agent) ??
    waitingOf(agent) ??
    unusedOf(agent, isStoreHealthy) ??
    silenceOf(agent, isStoreHealthy);
  return [stuck, restartsOf(agent, now), memoryOf(agent)].filter((found) => found !== null);
}

export function hasTrouble(agent: AgentPicture, trouble: Trouble, now: number): boolean {
  return troublesOf(agent, now).some((found) => found.trouble === trouble);
}

/** It stays as it is until somebody does something. */
function haltOf(agent: AgentPicture): AgentTrouble | null {
  const { status, iteration, error, updatedAt } = agent;
  const trouble = rowTroubleOf({ status, iteration, last_error: error });
  if (trouble === null) return null;
  const since = error?.at ?? updatedAt;
  const key = error?.details?.["key"];
  const isEffect = trouble === "effect_unknown" && typeof key === "string";
  const message = isEffect ? `It is unknown whether "${key}" took place` : firstLine(error);
  return { trouble, code: causeOf(error), message, since, last: since };
}

function unresponsiveOf({ status, unresponsiveSince, live }: AgentPicture): AgentTrouble | null {
  if (unresponsiveSince === null) return null;
  const isInStep = status !== "starting" && live?.step_since !== null;
  const message = isInStep ? "Event loop blocked in a step" : "Event loop blocked";
  return { trouble: "unresponsive", code: "", message, ...moment(unresponsiveSince) };
}

function failingOf({ status, iteration, error }: AgentPicture): AgentTrouble | null {
  const trouble = failureOf({ status, iteration, last_error: error });
  if (trouble === null || error === null) return null;
  return { trouble, code: error.code, message: firstLine(error), ...moment(error.at ?? 0) };
}

function waitingOf({ status, live, readAt }: AgentPicture): AgentTrouble | null {
  const wait = live?.model_wait ?? null;
  if (status !== "running" || wait === null || readAt - wait.since < MODEL_WAIT_MS_MAX) return null;
  const message = `${wait.model}: ${wait.why}`;
  return { trouble: "model_waiting", code: "", message, ...moment(wait.since) };
}

function unusedOf({ status, live, readAt }: AgentPicture, isHealthy: boolean): AgentTrouble | null {
  const since = live?.guidance_since ?? null;
  if (status !== "running" || since === null || live?.model_wait !== null || !isHealthy)
    return null;
  if (readAt - since < GUIDANCE_MS_MAX) return null;
  return { trouble: "guidance", code: "", message: placeOf(live.step_since), ...moment(since) };
}

/** A step that says how far it is, or whose call waits for its model, is not silent. */
function silenceOf(
  { status, live, readAt }: AgentPicture,
  isHealthy: boolean,
): AgentTrouble | null {
  if (status !== "running" || live === null || live.model_wait !== null || !isHealthy) return null;
  const started = live.step_since ?? live.due_since;
  if (started === null) return null;
  const since = Math.max(started, live.progress?.at ?? 0);
  if (readAt - since < Math.max(SILENT_INTERVALS * live.interval_ms, SILENT_MS_MIN)) return null;
  return { trouble: "silent", code: "", message: placeOf(live.step_since), ...moment(since) };
}

function placeOf(stepSince: number | null): string {
  return stepSince === null ? "Step due and not started" : "Step not ended";
}

function restartsOf({ status, error }: AgentPicture, now: number): AgentTrouble | null {
  if (status !== "running" && status !== "starting" && status !== "restarting") return null;
  const recent = recentRestarts(error);
  if (error === null || recent === undefined || recent.restarts_recent < RESTARTS_MIN) return null;
  const { restarts_since: since, restarts_at: last } = recent;
  if (now - last >= RESTARTS_MS) return null;
  return { trouble: "restarting", code: error.code, message: firstLine(error), since, last };
}

function memoryOf({ type, live, highMemorySince, readAt }: AgentPicture): AgentTrouble | null {
  const budget = live?.memory_max_bytes ?? null;
  if (highMemorySince === null || budget === null) return null;
  const message = `Budget of ${bytesText(budget)}`;
  return { trouble: "memory", code: type, message, since: highMemorySince, last: readAt };
}

function moment(at: number): { readonly since: number; readonly last: number } {
  return { since: at, last: at };
}

/** Code of the last of the errors that this one sums up, otherwise its own. */
function causeOf(error: ErrorData | null): string {
  const last = error?.details?.["last"];
  return typeof last === "string" ? last : (error?.code ?? "");
}

function firstLine(error: ErrorData | null): string {
  return error?.message.split("\n", 1)[0]?.trim() ?? "";
}
