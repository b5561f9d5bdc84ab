/**
 * The dashboard's digest of recent steps, built from the events that are kept anyway.
 *
 * The page polls it instead of receiving each step, so that the cost follows what a person can read and
 * not what a thousand agents do.
 */

import type { EventBus } from "../../event-bus.ts";
import type { LiveFigures } from "../../model/agent-view.ts";
import type { TroupeEvent } from "../../model/event.ts";
import type { Glance, GlanceSpan, GlanceSpans, GlanceStep } from "../../model/glance.ts";
import type { StepRow } from "../../model/step.ts";

/** Characters of a result, and of a subject, in a list. */
const TEXT_MAX = 240;
const SUBJECT_MAX = 120;

type Kept = Pick<EventBus, "seq" | "forgottenSeq" | "since">;

/** Steps after the event `since`; without it none, only the number to continue from. */
export function glanceSteps(
  events: Kept,
  since: number | undefined,
): Pick<Glance, "seq" | "is_cut" | "steps"> {
  const { seq, forgottenSeq } = events;
  if (since === undefined) return { seq, is_cut: false, steps: [] };
  const found = events.since(since) ?? events.since(forgottenSeq) ?? [];
  return { seq, is_cut: since < forgottenSeq || since > seq, steps: shorten(found) };
}

/**
 * All steps after the event `since`, and the running ones. It has what `GET /api/steps` has from then on:
 * an event is published once its step is stored.
 */
export function glanceSpans(
  events: Kept,
  since: number | undefined,
  live: ReadonlyMap<string, Pick<LiveFigures, "step_since">>,
): GlanceSpans {
  // By `Map`, because `constructor` is the id of an agent as well as a property of each object.
  const ended = new Map<string, GlanceSpan[]>();
  const found = since === undefined ? [] : (events.since(since) ?? []);
  for (const { type, data } of found) {
    if (type !== "agent.step") continue;
    const { agent_id, iteration, generation, started_at, ended_at, status, guidance_used } = data;
    const isGuided = (guidance_used ?? []).length > 0 ? 1 : 0;
    const spans = ended.get(agent_id) ?? [];
    spans.push([iteration, generation, started_at, ended_at, status, isGuided]);
    ended.set(agent_id, spans);
  }
  const open = [...live].flatMap(([id, { step_since }]) =>
    step_since === null ? [] : [[id, step_since] as const],
  );
  return { ended: Object.fromEntries(ended), open: Object.fromEntries(open) };
}

function shorten(events: readonly TroupeEvent[]): readonly GlanceStep[] {
  const last = new Map<string, GlanceStep>();
  const failed: GlanceStep[] = [];
  for (const { type, data } of events) {
    if (type !== "agent.step") continue;
    const before = last.get(data.agent_id);
    if (before?.status === "error") failed.push(before);
    last.set(data.agent_id, toGlance(data, before?.used));
  }
  return [...failed, ...last.values()].sort((one, other) => one.ended_at - other.ended_at);
}

/** @param usedBefore guidance used by the agent's earlier steps, which are left out */
function toGlance(step: StepRow, usedBefore: readonly string[] = []): GlanceStep {
  const { agent_id: id, iteration, status, subject, result, error, ended_at } = step;
  const used = [...usedBefore, ...(step.guidance_used ?? [])];
  const glance: GlanceStep = {
    id,
    iteration,
    status,
    ended_at,
    subject: subject === null ? null : beginningOf(subject, SUBJECT_MAX),
    text: beginningOf(error?.message ?? result ?? "", TEXT_MAX),
  };
  const coded = error === null ? glance : { ...glance, code: error.code };
  return used.length === 0 ? coded : { ...coded, used };
}

/** Never cuts a surrogate pair. */
function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  const isSplit = /[\ud800-\udbff]/.test(text.charAt(length - 1));
  return `${text.slice(0, isSplit ? length - 1 : length)}…`;
}
