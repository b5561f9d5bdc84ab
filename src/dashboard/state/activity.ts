/** What just happened: the last events as lines, bounded, newest first. */

import type { AgentStatus } from "../../model/agent.ts";
import type { EventData, TroupeEvent } from "../../model/event.ts";
import type { ActionView, AgentView } from "../../model/view.ts";
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

  /** Keys of what was read: an event may tell it again. */
  readonly #read = new Set<string>();

  /** False where the event is nothing to tell of, or tells what was read. */
  add(event: TroupeEvent, epoch: string): boolean {
    const told = describe(event);
    const key = keyOf(event, epoch);
    if (told === undefined || this.#read.has(key)) return false;
    const { seq, time, agent_id } = event;
    this.#push({ key, seq, time, agentId: agent_id ?? null, ...told });
    return true;
  }

  /** What happened before the page was opened: ends of actions, and steps as agents' rows have them. */
  read(actions: readonly ActionView[], agents: readonly AgentView[]): void {
    const lines = [...actions.flatMap(lineOfAction), ...agents.flatMap(linesOfAgent)];
    const fresh = lines.filter(({ key }) => !this.#read.has(key));
    for (const line of fresh.sort((one, other) => one.time - other.time)) {
      this.#read.add(line.key);
      this.#push(line);
    }
  }

  #push(line: ActivityLine): void {
    const lines = this.#lines[line.kind];
    lines.push(line);
    // Not at each line, because cutting copies.
    if (lines.length >= LINES_KEPT_MAX * 2) lines.splice(0, lines.length - LINES_KEPT_MAX);
  }

  /** At most `count` lines of these kinds, newest first. */
  latest(kinds: readonly ActivityKind[], count: number): readonly ActivityLine[] {
    const lines = kinds.flatMap((kind) => this.#lines[kind].slice(-count));
    return lines.sort((one, other) => other.time - one.time || other.seq - one.seq).slice(0, count);
  }
}

/** The same for what an event tells and for what is read of it. */
function keyOf(event: TroupeEvent, epoch: string): string {
  if (event.type === "action.processed") return `action ${event.data.id}`;
  if (event.type === "agent.step") return `step ${event.data.agent_id} ${event.data.iteration}`;
  return `event ${epoch}-${event.seq}`;
}

function lineOfAction(action: ActionView): readonly ActivityLine[] {
  const { id, outcome, processed_at, agent_id } = action;
  if (outcome === null || processed_at === null) return [];
  const told = describeAction({ ...action, outcome });
  return [{ key: `action ${id}`, seq: 0, time: processed_at, agentId: agent_id, ...told }];
}

function linesOfAgent({
  agent_id,
  history,
  last_error,
  status,
}: AgentView): readonly ActivityLine[] {
  const base = { seq: 0, agentId: agent_id };
  const steps = history.slice(-3).map(({ iteration, at, result }) => ({
    ...{ ...base, key: `step ${agent_id} ${iteration}`, time: at },
    ...told("step", "good", `step ${iteration}`, result),
  }));
  if (last_error?.at === undefined) return steps;
  const text = `${last_error.code}: ${last_error.message}`;
  const title = isTrouble(status) ? status : "failed";
  const key = `error ${agent_id} ${last_error.at}`;
  return [...steps, { ...base, key, time: last_error.at, ...told("trouble", "bad", title, text) }];
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

function describeAction({ action, outcome, error }: ActionTold): Told {
  const kind = outcome === "done" || outcome === "cancelled" ? "change" : "trouble";
  const text = error === null ? "" : `${error.code}: ${error.message}`;
  return told(kind, toneOfOutcome(outcome), `${action} ${outcome}`, text);
}

type ActionTold = Pick<EventData["action.processed"], "action" | "outcome" | "error">;

function told(kind: ActivityKind, tone: Tone, title: string, text: string): Told {
  return { kind, tone, title, text };
}
