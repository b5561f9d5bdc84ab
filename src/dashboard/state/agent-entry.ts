/** One agent as the list shows it: made of its stored row, then kept up by events. Never changed in place. */

import type { AgentStatus, ExitReason, Guidance } from "../../model/agent.ts";
import type { ListedAgent, LiveFigures } from "../../model/agent-view.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { AgentSummary } from "../../model/event.ts";
import type { GlanceStep } from "../../model/glance.ts";
import { StepRate } from "./step-rate.ts";

/** Milliseconds after which the same reading of processor time means that none was used. */
const CPU_AGE_MS_MAX = 15_000;

export type WaitingGuidance = Pick<Guidance, "action_id">;

/** A step as it is told at a glance. */
export type SeenStep = Omit<GlanceStep, "id">;

export interface AgentEntry {
  readonly id: string;
  readonly type: string;
  readonly status: AgentStatus;
  readonly isPaused: boolean;
  readonly iteration: number;
  readonly subject: string | null;
  readonly result: string | null;
  readonly error: ErrorData | null;
  readonly exit: ExitReason | null;
  /** Guidance that waits. */
  readonly pending: readonly WaitingGuidance[];
  readonly restarts: number;
  readonly generation: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When anything of it was seen to change, in milliseconds since the epoch. */
  readonly updatedAt: number;
  /** Of the row that this is made of: what comes with an older one is not news. */
  readonly rowAt: number;
  readonly epoch: number;
  readonly live: LiveFigures | null;
  /** When its processor time was read that `cpuShare` goes on from. */
  readonly cpuAt: number;
  /** Part of one processor between the last two readings; null until there are two. */
  readonly cpuShare: number | null;
  readonly unresponsiveSince: number | null;
  /** Shared by all states of this agent. */
  readonly rate: StepRate;
}

/** An agent that was not known yet. */
export function newEntry(row: AgentSummary, now: number): AgentEntry {
  return {
    ...fromRow(row),
    ...fromStepOf(row),
    pending: [],
    live: null,
    cpuAt: 0,
    cpuShare: null,
    unresponsiveSince: null,
    rate: new StepRate(now),
  };
}

/** An agent that was not known yet, as read. */
export function readEntry(view: ListedAgent, now: number): AgentEntry {
  return withView(newEntry(view, now), view, now);
}

/** The entry with a stored row taken in; the same one where the row is older than what is known. */
export function withRow(entry: AgentEntry, row: AgentSummary): AgentEntry {
  if (isOlder(row, entry)) return entry;
  const isBehind = row.epoch === entry.epoch && row.iteration < entry.iteration;
  const updatedAt = Math.max(entry.updatedAt, row.updated_at);
  const { iteration, subject, result } = isBehind ? entry : fromStepOf(row);
  return { ...entry, ...fromRow(row), iteration, subject, result, updatedAt };
}

/** The entry with a row and its live figures, as read at `now`. */
export function withView(entry: AgentEntry, view: ListedAgent, now: number): AgentEntry {
  const known = withRow(entry, view);
  const pending = known.iteration > view.iteration ? known.pending : view.pending_guidance;
  return withFigures({ ...known, pending }, view.live, now);
}

/** The entry with its thread's figures as read at `now`; null where it has none. */
export function withFigures(entry: AgentEntry, live: LiveFigures | null, now: number): AgentEntry {
  const unresponsiveSince = live?.unresponsive_since ?? null;
  return { ...entry, live, ...withCpu(entry, live, now), unresponsiveSince };
}

/** A list's figures may be some seconds old: the same reading again is no news, for a while. */
function withCpu(entry: AgentEntry, live: LiveFigures | null, now: number) {
  if (live === null) return { cpuShare: null, cpuAt: now };
  const { cpuAt, cpuShare } = entry;
  const before = entry.live?.cpu_ms;
  if (before === undefined || live.cpu_ms < before || now <= cpuAt) return { cpuShare, cpuAt: now };
  if (live.cpu_ms === before && now - cpuAt < CPU_AGE_MS_MAX) return { cpuShare, cpuAt };
  return { cpuShare: (live.cpu_ms - before) / (now - cpuAt), cpuAt: now };
}

/** The entry after steps that were stored, this one the last; the same one where it is known. */
export function withStep(entry: AgentEntry, step: SeenStep): AgentEntry {
  const news = step.iteration - entry.iteration;
  if (news <= 0) return entry;
  entry.rate.add(step.ended_at, news);
  const { code, text, ended_at, used = [] } = step;
  return {
    ...entry,
    iteration: step.iteration,
    subject: step.subject ?? entry.subject,
    result: step.status === "ok" ? text : entry.result,
    error: code === undefined ? entry.error : { code, message: text ?? "", at: ended_at },
    updatedAt: Math.max(entry.updatedAt, ended_at),
    pending: withoutUsed(entry.pending, used),
    // A step ends where the event loop turns.
    unresponsiveSince: null,
  };
}

function withoutUsed(pending: readonly WaitingGuidance[], used: readonly string[]) {
  if (used.length === 0 || pending.length === 0) return pending;
  return pending.filter(({ action_id }) => !used.includes(action_id));
}

/** The entry with guidance that waits for it; the same one where that is known. */
export function withGuidance(entry: AgentEntry, guidance: Guidance): AgentEntry {
  const { action_id } = guidance;
  if (entry.pending.some((waiting) => waiting.action_id === action_id)) return entry;
  return { ...entry, pending: [...entry.pending, { action_id }] };
}

/** Heap, buffers and shared memory together; null without a thread. */
export function memoryOf({ live }: Pick<AgentEntry, "live">): number | null {
  return live === null ? null : live.heap_bytes + live.external_bytes + live.shared_bytes;
}

function isOlder(row: AgentSummary, { epoch, rowAt }: AgentEntry): boolean {
  return row.epoch < epoch || (row.epoch === epoch && row.updated_at < rowAt);
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
