/** What just happened: the last events as lines, bounded, newest first. */

import type { AgentStatus } from "../../model/agent.ts";
import type { EventData, TroupeEvent } from "../../model/event.ts";
import { type Tone, toneOfOutcome, toneOfStatus, toneOfStep } from "./status-words.ts";

/** Lines kept of each kind: steps, which are many, must not push out the rest. */
const LINES_KEPT_MAX = 150;

export type ActivityKind = "step" | "change" | "trouble";

export interface ActivityLine {
  readonly key: string;
  readonly seq: number;
  readonly time: number;
  readonly kind: ActivityKind;
  readonly tone: Tone;
  readonly agentId: string | null;
  /** What happened, in a word or two. */
  readonly title: string;
  /** What it was about: a result, a reason, an error. */
  readonly text: string;
}

export class Activity {
  readonly #lines: Record<ActivityKind, ActivityLine[]> = { step: [], change: [], trouble: [] };

  /** False where the event is nothing to tell of. */
  add(event: TroupeEvent, epoch: string): boolean {
    const told = describe(event);
    if (told === undefined) return false;
    const { seq, time, agent_id } = event;
    const line = { key: `${epoch}-${seq}`, seq, time, agentId: agent_id ?? null, ...told };
    const lines = this.#lines[told.kind];
    lines.push(line);
    // Not at each line, because cutting copies.
    if (lines.length >= LINES_KEPT_MAX * 2) lines.splice(0, lines.length - LINES_KEPT_MAX);
    return true;
  }

  /** At most `count` lines of these kinds, newest first. */
  latest(kinds: readonly ActivityKind[], count: number): readonly ActivityLine[] {
    const lines = kinds.flatMap((kind) => this.#lines[kind].slice(-count));
    return lines.sort((one, other) => other.time - one.time || other.seq - one.seq).slice(0, count);
  }
}

type Told = Pick<ActivityLine, "kind" | "tone" | "title" | "text">;

function describe(event: TroupeEvent): Told | undefined {
  switch (event.type) {
    case "agent.step":
      return describeStep(event.data);
    case "agent.status":
      return describeStatus(event.data);
    case "agent.guidance":
      return told("change", "busy", "guidance", JSON.stringify(event.data.guidance));
    case "agent.unresponsive":
      return told(
        "trouble",
        "bad",
        "unresponsive",
        `its event loop stands still in ${event.data.phase}`,
      );
    case "action.queued":
      return undefined;
    case "action.processed":
      return describeAction(event.data);
    case "gap":
      return told("trouble", "held", "events missed", gapReasons[event.data.reason]);
    case "llm.partial":
    case "fleet.stats":
      return undefined;
  }
}

const gapReasons: Readonly<Record<EventData["gap"]["reason"], string>> = {
  slow: "this page was too slow; everything was read again",
  expired: "the connection was away too long; everything was read again",
  restarted: "the server has restarted; everything was read again",
};

function describeStep(step: EventData["agent.step"]): Told {
  const { status, iteration, result, error } = step;
  const kind = status === "error" ? "trouble" : "step";
  const text = error === null ? (result ?? "") : `${error.code}: ${error.message}`;
  const title = status === "ok" ? `step ${iteration}` : `step ${iteration} ${status}`;
  return told(kind, toneOfStep(status), title, text);
}

function describeStatus(row: EventData["agent.status"]): Told {
  const { status, last_error, exit_reason } = row;
  const kind = isTrouble(status) ? "trouble" : "change";
  return told(kind, toneOfStatus(status), status, reasonOf(status, last_error, exit_reason));
}

function reasonOf(
  status: AgentStatus,
  error: EventData["agent.status"]["last_error"],
  exit: EventData["agent.status"]["exit_reason"],
): string {
  if (isTrouble(status) && error !== null) return `${error.code}: ${error.message}`;
  if (status !== "stopped" || exit === null) return "";
  return exit.note === undefined ? exit.reason : `${exit.reason}: ${exit.note}`;
}

function isTrouble(status: AgentStatus): boolean {
  return status === "error" || status === "restarting";
}

function describeAction({ action, outcome, error }: EventData["action.processed"]): Told {
  const kind = outcome === "done" ? "change" : "trouble";
  const text = error === null ? "" : `${error.code}: ${error.message}`;
  return told(kind, toneOfOutcome(outcome), `${action} ${outcome}`, text);
}

function told(kind: ActivityKind, tone: Tone, title: string, text: string): Told {
  return { kind, tone, title, text };
}
