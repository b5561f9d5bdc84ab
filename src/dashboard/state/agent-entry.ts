/** One agent as the list shows it: made of its stored row, then kept up by events. Never changed in place. */

import type { AgentStatus, ExitReason, Guidance } from "../../model/agent.ts";
import type { ErrorData } from "../../model/error-data.ts";
import type { AgentSummary } from "../../model/event.ts";
import type { StepRow } from "../../model/step.ts";
import type { AgentView, LiveFigures } from "../../model/view.ts";
import { StepRate } from "./step-rate.ts";

/** Results that a row keeps. */
const HISTORY_ENTRIES_MAX = 20;
/** Milliseconds after which the same reading of processor time means that none was used. */
const CPU_AGE_MS_MAX = 15_000;

export type WaitingGuidance = Pick<Guidance, "action_id" | "at">;

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
  /** Tokens of the steps seen since the page was opened. */
  readonly tokens: number;
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
    tokens: 0,
  };
}

/** An agent that was not known yet, as read: its last results tell how fast it has been. */
export function readEntry(view: AgentView, now: number): AgentEntry {
  const { history } = view;
  const [oldest] = history;
  // Where more may have been in the last minute than the row keeps, counting began with the oldest.
  const isCut = history.length >= HISTORY_ENTRIES_MAX && oldest !== undefined;
  const minute = now - 60_000;
  const rate = new StepRate(isCut ? Math.max(oldest.at, minute) : minute);
  for (const { at } of history) if (at >= minute) rate.add(at);
  return withView({ ...newEntry(view, now), rate }, view, now);
}

/** The entry with a stored row taken in; the same one where the row is older than what is known. */
export function withRow(entry: AgentEntry, row: AgentSummary): AgentEntry {
  if (isOlder(row, entry)) return entry;
  const isBehind = row.epoch === entry.epoch && row.iteration < entry.iteration;
  const updatedAt = Math.max(entry.updatedAt, row.updated_at);
  return { ...entry, ...fromRow(row), ...(isBehind ? {} : fromStepOf(row)), updatedAt };
}

/** The entry with a row and its live figures, as read at `now`. */
export function withView(entry: AgentEntry, view: AgentView, now: number): AgentEntry {
  const { live } = view;
  const known = withRow(entry, view);
  return {
    ...known,
    pending: known.iteration > view.iteration ? known.pending : view.pending_guidance,
    live,
    ...withCpu(entry, live, now),
    unresponsiveSince: live?.unresponsive_since ?? null,
  };
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

/** The entry after a step that was stored; the same one where that step is known. */
export function withStep(entry: AgentEntry, step: StepRow): AgentEntry {
  if (step.iteration <= entry.iteration) return entry;
  entry.rate.add(step.ended_at);
  return {
    ...entry,
    iteration: step.iteration,
    subject: step.subject ?? entry.subject,
    result: step.result ?? entry.result,
    error: step.error === null ? entry.error : { ...step.error, at: step.ended_at },
    updatedAt: Math.max(entry.updatedAt, step.ended_at),
    tokens: entry.tokens + (step.input_tokens ?? 0) + (step.output_tokens ?? 0),
    // What came before the step began was used by it; nothing else tells so.
    pending: entry.pending.filter(({ at }) => at > step.started_at),
    // A step ends where the event loop turns.
    unresponsiveSince: null,
  };
}

/** The entry with guidance that waits for it; the same one where that is known. */
export function withGuidance(entry: AgentEntry, guidance: Guidance): AgentEntry {
  const { action_id, at } = guidance;
  if (entry.pending.some((waiting) => waiting.action_id === action_id)) return entry;
  return { ...entry, pending: [...entry.pending, { action_id, at }] };
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
