/** The last events as lines, newest first, bounded. */

import type { AgentStatus } from "../../model/agent.ts";
import { frameText, placeFrame } from "../../model/agent-inside.ts";
import type { ActionView, ListedAgent } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { EventData, TroupeEvent } from "../../model/event.ts";
import type { GlanceStep } from "../../model/glance.ts";
import type { Tone } from "../../picture/status-look.ts";
import { toneOf } from "../../picture/status-tone.ts";
import { clockText } from "../../picture/time-text.ts";
import { troubleOf } from "../../picture/trouble.ts";
import { actionWords, statusAfter } from "./action-words.ts";

/** Lines kept of each kind: steps, which are many, must not push out the rest. */
const LINES_KEPT_MAX = 150;
/** Actions whose actor is remembered until they end. */
const ACTORS_KEPT_MAX = 2_000;
/** Most milliseconds between an agent's new status and the end of the action that caused it. */
const SAME_ACT_MS_MAX = 10_000;

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
  /** A result, a reason or an error. */
  readonly text: string;
  /** How often it happened. */
  readonly count: number;
}

export class Activity {
  readonly #lines: Record<ActivityKind, ActivityLine[]> = { step: [], change: [], trouble: [] };

  /** Keys of lines that were read: an event may report the same again. */
  readonly #read = new Set<string>();

  readonly #actors = new Map<string, string>();
  /** By agent: the status to which its last action led, and when that action ended. */
  readonly #leadsTo = new Map<string, { readonly status: AgentStatus; readonly time: number }>();

  /** False if the event adds no line, or one that was read already. */
  add(event: TroupeEvent, epoch: string): boolean {
    if (event.type === "action.queued") this.#rememberActor(event.data);
    const content = this.#describe(event);
    const key = keyOf(event, epoch);
    if (content === undefined || this.#read.has(key)) return false;
    const { seq, time, agent_id } = event;
    if (event.type === "agent.status" && this.#isKnown(event)) return false;
    if (event.type === "action.processed" && event.data.outcome === "done") {
      const status = statusAfter(event.data.action);
      this.#forgetStatus(agent_id ?? null, status, time);
      if (agent_id !== undefined && status !== null) this.#leadsTo.set(agent_id, { status, time });
    }
    this.#push({ key, seq, time, agentId: agent_id ?? null, count: 1, ...content });
    return true;
  }

  /** Adds steps read at a glance. True if there are any. */
  addSteps(steps: readonly GlanceStep[]): boolean {
    for (const step of steps) {
      const { id, iteration, ended_at: time } = step;
      const key = stepKey(id, iteration);
      if (this.#read.has(key)) continue;
      this.#push({ key, seq: iteration, time, agentId: id, count: 1, ...describeStep(step) });
    }
    return steps.length > 0;
  }

  /**
   * Adds what happened before the page was opened: outcomes of actions, and last steps of agents.
   */
  read(actions: readonly ActionView[], agents: readonly ListedAgent[]): void {
    const lines = [...actions.flatMap(lineOfAction), ...agents.flatMap(linesOfAgent)];
    const fresh = lines.filter(({ key }) => !this.#read.has(key));
    for (const line of fresh.sort((one, other) => one.time - other.time)) {
      this.#read.add(line.key);
      this.#push(line);
    }
  }

  /** A start continues after its action has ended. */
  #isKnown({ agent_id, time, data }: Extract<TroupeEvent, { type: "agent.status" }>): boolean {
    const led = this.#leadsTo.get(agent_id ?? "");
    if (led?.status !== data.status) return false;
    this.#leadsTo.delete(agent_id ?? "");
    return time - led.time <= SAME_ACT_MS_MAX;
  }

  #rememberActor({ id, actor }: EventData["action.queued"]): void {
    this.#actors.set(id, actor);
    if (this.#actors.size <= ACTORS_KEPT_MAX) return;
    const [oldest] = this.#actors.keys();
    if (oldest !== undefined) this.#actors.delete(oldest);
  }

  #describe(event: TroupeEvent): Content | undefined {
    if (event.type !== "action.processed") return describe(event);
    const { id } = event.data;
    const actor = this.#actors.get(id) ?? null;
    this.#actors.delete(id);
    return describeAction(event.data, actor);
  }

  /** One act is one line: that of the action, which also names the actor. */
  #forgetStatus(agentId: string | null, status: AgentStatus | null, time: number): void {
    const lines = this.#lines.change;
    const at = lines.findLastIndex((line) => line.agentId === agentId && line.title === status);
    const found = lines[at];
    if (found !== undefined && time - found.time <= SAME_ACT_MS_MAX) lines.splice(at, 1);
  }

  /** Repeated lines, as of a crash loop, become one with a count. */
  #push(line: ActivityLine): void {
    const lines = this.#lines[line.kind];
    const at = line.kind === "step" ? -1 : lines.findLastIndex((known) => isSame(known, line));
    const [known] = at === -1 ? [] : lines.splice(at, 1);
    lines.push(known === undefined ? line : { ...line, count: known.count + 1 });
    // Not for each line, because cutting copies.
    if (lines.length >= LINES_KEPT_MAX * 2) lines.splice(0, lines.length - LINES_KEPT_MAX);
  }

  /** At most `count` lines of these kinds, newest first. */
  latest(kinds: readonly ActivityKind[], count: number): readonly ActivityLine[] {
    const lines = kinds.flatMap((kind) => this.#lines[kind].slice(-count));
    return lines.sort((one, other) => other.time - one.time || other.seq - one.seq).slice(0, count);
  }
}

/** The same key for an event and for the row that was read of it. */
function keyOf(event: TroupeEvent, epoch: string): string {
  if (event.type === "action.processed") return `action ${event.data.id}`;
  return `event ${epoch}-${event.seq}`;
}

function isSame(one: ActivityLine, other: ActivityLine): boolean {
  return (
    one.agentId === other.agentId &&
    one.title === other.title &&
    one.text === other.text &&
    one.agentId !== null
  );
}

function stepKey(agentId: string, iteration: number): string {
  return `step ${agentId} ${iteration}`;
}

function lineOfAction(action: ActionView): readonly ActivityLine[] {
  const { id, outcome, processed_at, agent_id } = action;
  if (outcome === null || processed_at === null) return [];
  const content = describeAction({ ...action, outcome }, action.actor);
  return [
    { key: `action ${id}`, seq: 0, time: processed_at, agentId: agent_id, count: 1, ...content },
  ];
}

function linesOfAgent(agent: ListedAgent): readonly ActivityLine[] {
  const { agent_id: agentId, iteration, result, last_error: error, status, updated_at } = agent;
  const base = { seq: 0, agentId, count: 1 };
  const lines: ActivityLine[] = [];
  if (result !== null) {
    const step = content("step", "good", `step ${iteration}`, result);
    lines.push({ ...base, key: stepKey(agentId, iteration), time: updated_at, ...step });
  }
  if (error?.at !== undefined) {
    const trouble = troubleOf(agent, null) === "error" ? status : "failed";
    const text = `${error.code}: ${error.message}`;
    const key = `error ${agentId} ${error.at}`;
    lines.push({ ...base, key, time: error.at, ...content("trouble", "bad", trouble, text) });
  }
  return lines;
}

type Content = Pick<ActivityLine, "kind" | "tone" | "title" | "text">;

function describe(event: TroupeEvent): Content | undefined {
  switch (event.type) {
    case "agent.status":
      return describeStatus(event.data);
    case "agent.guidance":
      return content("change", "busy", "guidance", JSON.stringify(event.data.guidance));
    case "agent.unresponsive":
      return content(
        "trouble",
        "bad",
        "unresponsive",
        `not responding since ${clockText(event.data.since)}${placeOf(event.data)}`,
      );
    case "gap":
      return content("trouble", "held", "events missed", gapReasons[event.data.reason]);
    case "action.queued":
    case "action.processed":
    case "agent.step":
    case "agent.progress":
    case "agent.log":
    case "llm.partial":
    case "fleet.stats":
      return undefined;
  }
}

const gapReasons: Readonly<Record<EventData["gap"]["reason"], string>> = {
  slow: "this page was too slow; everything was loaded again",
  expired: "the connection was lost for too long; everything was loaded again",
  restarted: "the server has restarted; everything was loaded again",
};

/** The step, if it is in one. */
function placeOf({ phase, iteration, frames }: EventData["agent.unresponsive"]): string {
  const frame = placeFrame(frames ?? []);
  const at = frame === undefined ? "" : ` at ${frameText(frame)}`;
  return phase === "step" ? `, in step ${iteration + 1}${at}` : `, while ${phase}${at}`;
}

function describeStep({ status, iteration, text, code }: GlanceStep): Content {
  const kind = status === "error" ? "trouble" : "step";
  const title = status === "ok" ? `step ${iteration}` : `step ${iteration} ${status}`;
  return content(
    kind,
    toneOf(status),
    title,
    code === undefined ? (text ?? "") : `${code}: ${text}`,
  );
}

/** Transitional statuses are no news. */
const passing: ReadonlySet<AgentStatus> = new Set(["starting", "pausing", "stopping"]);

function describeStatus(row: EventData["agent.status"]): Content | undefined {
  const { status, last_error, exit_reason } = row;
  const trouble = troubleOf(row, null);
  if (trouble === "self_paused" || trouble === "safe_mode") {
    return content("trouble", "bad", status, errorText(last_error));
  }
  if (passing.has(status)) return undefined;
  if (status === "stopped" && exit_reason?.reason === "finished") {
    return content("change", "idle", "finished", "");
  }
  const kind = isTrouble(status) ? "trouble" : "change";
  return content(kind, toneOf(status), status, reasonOf(status, last_error, exit_reason));
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

function describeAction({ action, outcome, error }: EndedAction, actor: string | null): Content {
  const kind = outcome === "done" || outcome === "cancelled" ? "change" : "trouble";
  // Of an action that was done it is a note, not an error.
  const text = outcome === "done" ? (error?.message ?? "") : errorText(error);
  return content(kind, toneOf(outcome), actionWords(action, outcome, actor), text);
}

type EndedAction = Pick<EventData["action.processed"], "action" | "outcome" | "error">;

function content(kind: ActivityKind, tone: Tone, title: string, text: string): Content {
  return { kind, tone, title, text };
}
