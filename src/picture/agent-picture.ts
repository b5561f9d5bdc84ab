/** One agent as lists show it: made from its stored row, kept current by events. Never changed in place. */

import type { AgentStatus, ExitReason, Guidance } from "../model/agent.ts";
import {
  type ListedAgent,
  type LiveFigures,
  memoryBytes,
  type Progress,
} from "../model/agent-view.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { AgentSummary } from "../model/event.ts";
import type { GlanceStep } from "../model/glance.ts";
import { stepError } from "../model/recent-restarts.ts";
import { tokensOf } from "../model/usage-sums.ts";
import { StepRate } from "./step-rate.ts";
import { type Trouble, troubleOf } from "./trouble.ts";

/** Share of its memory budget above which an agent is near its end. */
const MEMORY_SHARE_HIGH = 0.8;
/** Milliseconds after which the same reading of processor time means that none was used. */
const CPU_AGE_MS_MAX = 15_000;
/** Milliseconds within which the steps between two rows count as steps of that time. */
const COUNTED_MS_MAX = 10_000;
/** Milliseconds after which a wait for a model is shown: most are shorter than the time between two readings. */
const WAIT_MS_SHOWN = 3_000;

export type WaitingGuidance = Pick<Guidance, "action_id">;

/** A step in short. */
export type SeenStep = Omit<GlanceStep, "id">;

export interface AgentPicture {
  readonly id: string;
  readonly type: string;
  readonly status: AgentStatus;
  readonly isPaused: boolean;
  readonly iteration: number;
  readonly subject: string | null;
  readonly result: string | null;
  readonly error: ErrorData | null;
  /** True if its last known step failed; rows keep only the result of the last good one. */
  readonly hasFailed: boolean;
  readonly exit: ExitReason | null;
  /** Guidance that no step has used yet. */
  readonly pending: readonly WaitingGuidance[];
  readonly restarts: number;
  readonly generation: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Time of its last known change, in milliseconds since the epoch. */
  readonly updatedAt: number;
  /** `updated_at` and `epoch` of the row that this is made of: older rows change nothing. */
  readonly rowAt: number;
  readonly epoch: number;
  readonly live: LiveFigures | null;
  /** When they were read: what they say of a wait is true of that moment, and perhaps not of now. */
  readonly readAt: number;
  /** Since when it has been seen with little of its memory budget left; null = it has enough. */
  readonly highMemorySince: number | null;
  /** When the processor time was read from which the next `cpuShare` is computed. */
  readonly cpuAt: number;
  /** Share of one processor between the last two readings; null before the second one. */
  readonly cpuShare: number | null;
  readonly unresponsiveSince: number | null;
  /** True if its call has waited for its model for a while. */
  readonly isWaiting: boolean;
  /** What its running step said last about how far it is. */
  readonly progress: Progress | null;
  /** Tokens and US dollars that it has spent ever; null if that, or a price, is not known. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
  /** Those of the tokens that have no price. */
  readonly unpriced: number;
  /** Shared by all pictures of this agent. */
  readonly rate: StepRate;
}

/** An agent that was not known yet. */
export function newAgent(row: AgentSummary, now: number): AgentPicture {
  return {
    ...fromRow(row),
    ...fromStepOf(row),
    hasFailed: isInTrouble(row),
    pending: [],
    live: null,
    readAt: now,
    highMemorySince: null,
    cpuAt: 0,
    cpuShare: null,
    unresponsiveSince: null,
    isWaiting: false,
    progress: null,
    tokens: null,
    costUsd: null,
    unpriced: 0,
    rate: new StepRate(now),
  };
}

/** The agent after its row was stored; the same picture if the row is older than the known one. */
export function withRow(agent: AgentPicture, row: AgentSummary): AgentPicture {
  if (row.epoch < agent.epoch || (row.epoch === agent.epoch && row.updated_at < agent.rowAt)) {
    return agent;
  }
  const isBehind = row.epoch === agent.epoch && row.iteration < agent.iteration;
  const { iteration, subject, result } = isBehind ? agent : fromStepOf(row);
  return {
    ...agent,
    ...fromRow(row),
    iteration,
    subject,
    result,
    hasFailed: isInTrouble(row) || (agent.hasFailed && row.iteration <= agent.iteration),
    updatedAt: Math.max(agent.updatedAt, row.updated_at),
    rate: rateAfter(agent, row),
  };
}

/** The agent after its row and live figures were read at `now`. */
export function withView(agent: AgentPicture, view: ListedAgent, now: number): AgentPicture {
  const known = withRow(agent, view);
  const pending = known.iteration > view.iteration ? known.pending : view.pending_guidance;
  // An older view has less.
  const isOlder = known.iteration > view.iteration && known.tokens !== null;
  const spent = isOlder || view.spent === null ? undefined : spentOf(view.spent);
  return withFigures({ ...known, pending, ...spent }, view.live, now);
}

function spentOf(figure: NonNullable<ListedAgent["spent"]>) {
  const { cost_usd: costUsd, unpriced_tokens: unpriced } = figure;
  return { tokens: tokensOf(figure), costUsd, unpriced };
}

/** The agent after its thread's figures were read at `now`; they are null if it has no thread. */
export function withFigures(
  agent: AgentPicture,
  live: LiveFigures | null,
  now: number,
): AgentPicture {
  const unresponsiveSince = live?.unresponsive_since ?? null;
  const waitsSince = live?.model_wait?.since ?? now;
  const isWaiting = now - waitsSince >= WAIT_MS_SHOWN;
  const progress = progressAfter(agent.progress, live);
  const highMemorySince = isMemoryHigh(live) ? (agent.highMemorySince ?? now) : null;
  const cpu = withCpu(agent, live, now);
  const read = { live, readAt: now, highMemorySince, unresponsiveSince, isWaiting, progress };
  return { ...agent, ...cpu, ...read };
}

/** The progress after figures were read, perhaps before the event with the newest one. */
export function progressAfter(
  progress: Progress | null,
  live: LiveFigures | null,
): Progress | null {
  if (live === null) return null;
  const readAt = live.progress?.at ?? live.step_since ?? Number.POSITIVE_INFINITY;
  return progress !== null && progress.at > readAt ? progress : live.progress;
}

/** The agent after its step said how far it is; the same picture if that step has ended. */
export function withProgress(agent: AgentPicture, progress: Progress): AgentPicture {
  return progress.iteration <= agent.iteration ? agent : { ...agent, progress };
}

/** A list's figures may be some seconds old: for a while, an equal reading changes nothing. */
function withCpu(
  { cpuAt, cpuShare, live: before }: AgentPicture,
  live: LiveFigures | null,
  now: number,
) {
  if (live === null) return { cpuShare: null, cpuAt: now };
  if (before === null || now <= cpuAt) return { cpuShare, cpuAt: now };
  if (live.cpu_ms === before.cpu_ms && now - cpuAt < CPU_AGE_MS_MAX) return { cpuShare, cpuAt };
  // A new thread counts from 0.
  const spentMs = live.cpu_ms - (live.cpu_ms < before.cpu_ms ? 0 : before.cpu_ms);
  return { cpuShare: spentMs / (now - cpuAt), cpuAt: now };
}

/** The agent after steps, the last of which is this one; the same picture if that step is known. */
export function withStep(agent: AgentPicture, step: SeenStep): AgentPicture {
  const steps = step.iteration - agent.iteration;
  if (steps <= 0) return agent;
  agent.rate.add(step.ended_at, steps, step.status === "error" ? 1 : 0);
  const { code, text, ended_at, used = [] } = step;
  const [tokens, costUsd, unpriced] = step.spent ?? [agent.tokens, agent.costUsd, agent.unpriced];
  return {
    ...agent,
    iteration: step.iteration,
    subject: step.subject ?? agent.subject,
    result: step.status === "ok" ? text : agent.result,
    error:
      code === undefined
        ? agent.error
        : stepError(
            { code, message: text ?? "" },
            { iteration: step.iteration, ended_at },
            agent.error,
          ),
    hasFailed: step.status === "error",
    updatedAt: Math.max(agent.updatedAt, ended_at),
    pending: agent.pending.filter(({ action_id }) => !used.includes(action_id)),
    // A step ends only if the event loop turns, and not while its call waits.
    unresponsiveSince: null,
    isWaiting: false,
    progress: null,
    tokens,
    costUsd,
    unpriced,
  };
}

/** The agent after guidance was sent to it; the same picture if that guidance is known. */
export function withGuidance(agent: AgentPicture, { action_id }: Guidance): AgentPicture {
  if (agent.pending.some((waiting) => waiting.action_id === action_id)) return agent;
  return { ...agent, pending: [...agent.pending, { action_id }] };
}

/** True if it uses so much of its budget that its thread may soon be ended for that. */
function isMemoryHigh(live: LiveFigures | null): boolean {
  const budget = live?.memory_max_bytes ?? 0;
  return live !== null && budget > 0 && memoryBytes(live) > MEMORY_SHARE_HIGH * budget;
}

/** All memory of its thread in bytes; null without a thread. */
export function memoryOf({ live }: Pick<AgentPicture, "live">): number | null {
  return live === null ? null : memoryBytes(live);
}

export function troubleOfAgent(agent: AgentPicture): Trouble | null {
  const { status, iteration, error, unresponsiveSince } = agent;
  return troubleOf({ status, iteration, last_error: error }, unresponsiveSince);
}

/**
 * Its status; `stuck` if it does not respond, `waiting` if it runs and waits for its model, `finished` if it
 * ended because its work was done.
 */
export function statusText({ status, exit, unresponsiveSince, isWaiting }: AgentPicture): string {
  if (unresponsiveSince !== null) return "stuck";
  if (isWaiting && status === "running") return "waiting";
  return status === "stopped" && exit?.reason === "finished" ? "finished" : status;
}

/** The error of an agent whose last step failed or that is in trouble, otherwise its last result. */
export function lastOutcome({ hasFailed, error, result }: AgentPicture): string {
  return hasFailed && error !== null ? `${error.code}: ${error.message}` : (result ?? "");
}

function isInTrouble(row: AgentSummary): boolean {
  return row.status === "restarting" || troubleOf(row, null) !== null;
}

/** Steps known only from a row count as well, unless it is not known when they ended. */
function rateAfter(agent: AgentPicture, row: AgentSummary): StepRate {
  const steps = row.iteration - agent.iteration;
  if (steps <= 0) return agent.rate;
  const isLong = row.updated_at - agent.updatedAt > COUNTED_MS_MAX;
  if (steps > 1 && isLong) return new StepRate(row.updated_at);
  agent.rate.add(row.updated_at, steps);
  return agent.rate;
}

function fromRow(row: AgentSummary) {
  return {
    id: row.agent_id,
    type: row.agent_type,
    status: row.status,
    isPaused: row.paused,
    exit: row.exit_reason,
    restarts: row.restarts,
    generation: row.generation,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    updatedAt: row.updated_at,
    rowAt: row.updated_at,
    epoch: row.epoch,
    error: row.last_error,
  };
}

/** What each step changes. */
function fromStepOf(row: AgentSummary) {
  return { iteration: row.iteration, subject: row.current_subject, result: row.result };
}
