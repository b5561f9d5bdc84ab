/** What just happened: the last events as lines, bounded, newest first. */

import type { AgentStatus } from "../../model/agent.ts";
import type { ActionView, ListedAgent } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { EventData, TroupeEvent } from "../../model/event.ts";
import type { GlanceStep } from "../../model/glance.ts";
import { clockText } from "./number-text.ts";
import { type Tone, toneOfOutcome, toneOfStatus, toneOfStep } from "./status-words.ts";
import { troubleOf } from "./trouble.ts";

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

  /** Steps as they are read at a glance. True where there are any. */
  addSteps(steps: readonly GlanceStep[]): boolean {
    for (const step of steps) {
      const { id, iteration, ended_at: time } = step;
      const key = stepKey(id, iteration);
      if (this.#read.has(key)) continue;
      this.#push({ key, seq: iteration, time, agentId: id, ...describeStep(step) });
    }
    return steps.length > 0;
  }

  /** What happened before the page was opened: ends of actions, and the last steps of agents. */
  read(actions: readonly ActionView[], agents: readonly ListedAgent[]): void {
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
  return `event ${epoch}-${event.seq}`;
}

function stepKey(agentId: string, iteration: number): string {
  return `step ${agentId} ${iteration}`;
}

function lineOfAction(action: ActionView): readonly ActivityLine[] {
  const { id, outcome, processed_at, agent_id } = action;
  if (outcome === null || processed_at === null) return [];
  const told = describeAction({ ...action, outcome });
  return [{ key: `action ${id}`, seq: 0, time: processed_at, agentId: agent_id, ...told }];
}

function linesOfAgent(agent: ListedAgent): readonly ActivityLine[] {
  const { agent_id: agentId, iteration, result, last_error: error, status, updated_at } = agent;
  const base = { seq: 0, agentId };
  const lines: ActivityLine[] = [];
  if (result !== null) {
    const step = told("step", "good", `step ${iteration}`, result);
    lines.push({ ...base, key: stepKey(agentId, iteration), time: updated_at, ...step });
  }
  if (error?.at !== undefined) {
    const trouble = troubleOf(agent) === "error" ? status : "failed";
    const text = `${error.code}: ${error.message}`;
    const key = `error ${agentId} ${error.at}`;
    lines.push({ ...base, key, time: error.at, ...told("trouble", "bad", trouble, text) });
  }
  return lines;
}

type Told = Pick<ActivityLine, "kind" | "tone" | "title" | "text">;

function describe(event: TroupeEvent): Told | undefined {
  switch (event.type) {
    case "agent.status":
      return describeStatus(event.data);
    case "agent.guidance":
      return told("change", "busy", "guidance", JSON.stringify(event.data.guidance));
    case "agent.unresponsive":
      return told(
        "trouble",
        "bad",
        "unresponsive",
        `not responding since ${clockText(event.data.since)}${placeOf(event.data)}`,
      );
    case "action.queued":
      return undefined;
    case "action.processed":
      return describeAction(event.data);
    case "gap":
      return told("trouble", "held", "events missed", gapReasons[event.data.reason]);
    case "agent.step":
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

/** In which step, where it is in one. */
function placeOf({ phase, iteration }: EventData["agent.unresponsive"]): string {
  return phase === "step" ? `, in step ${iteration + 1}` : `, while ${phase}`;
}

function describeStep({ status, iteration, text, code }: GlanceStep): Told {
  const kind = status === "error" ? "trouble" : "step";
  const title = status === "ok" ? `step ${iteration}` : `step ${iteration} ${status}`;
  return told(
    kind,
    toneOfStep(status),
    title,
    code === undefined ? (text ?? "") : `${code}: ${text}`,
  );
}

function describeStatus(row: EventData["agent.status"]): Told {
  const { status, last_error, exit_reason } = row;
  const trouble = troubleOf(row);
  if (trouble === "self_paused" || trouble === "safe_mode") {
    return told("trouble", "bad", status, errorText(last_error));
  }
  if (status === "stopped" && exit_reason?.reason === "finished") {
    return told("change", "idle", "finished", "");
  }
  const kind = isTrouble(status) ? "trouble" : "change";
  return told(kind, toneOfStatus(status), status, reasonOf(status, last_error, exit_reason));
}

function errorText(error: ErrorData | null): string {
  return error === null ? "" : `${error.code}: ${error.message}`;
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
  // What was done has no error: it is a note of how.
  const text = outcome === "done" ? (error?.message ?? "") : errorText(error);
  return told(kind, toneOfOutcome(outcome), `${action} ${outcome}`, text);
}

type ActionTold = Pick<EventData["action.processed"], "action" | "outcome" | "error">;

function told(kind: ActivityKind, tone: Tone, title: string, text: string): Told {
  return { kind, tone, title, text };
}
