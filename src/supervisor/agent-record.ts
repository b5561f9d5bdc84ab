/**
 * The record of one agent: the image in memory of its row, and the only way to change it.
 * A change is stored by {@link AgentRecord.save}, and announced once it is stored.
 */

import type { StepReport } from "../boundary/protocol.ts";
import type { EventBus } from "../event-bus.ts";
import {
  type AgentRow,
  type AgentStatus,
  type AgentTrigger,
  type Guidance,
  statusAtRest,
  transition,
} from "../model/agent.ts";
import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import { summarizeAgent } from "../model/event.ts";
import type { AgentId } from "../model/ids.ts";
import { GUIDANCE_BYTES_MAX, GUIDANCE_ENTRIES_MAX, HISTORY_ENTRIES_MAX } from "../model/limits.ts";
import { type SafeMode, safeModeError } from "../model/safe-mode.ts";
import type { StepRow } from "../model/step.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";

/** Ids kept of applied actions: far more than one agent has handled and not acked at any time. */
const APPLIED_KEPT_MAX = 2_500;

export interface RecordOptions {
  readonly table: AgentTable;
  readonly events: EventBus;
  readonly epoch: number;
  /** The row as the table has it; undefined for an agent that it has never had. */
  readonly stored: AgentRow | undefined;
}

export class AgentRecord {
  readonly #options: RecordOptions;
  #row: AgentRow;
  /** The newest image that is stored: the record falls back to it if a later one cannot be stored. */
  #stored: AgentRow | undefined;
  /** The save that was called last. They end in the order of their calls. */
  #lastSave: Promise<void> = Promise.resolve();
  /** True from a start in safe mode until the resume: the agent has no thread, and needs none. */
  #isParked = false;
  /** While the agent waits for room: the last error from before. */
  #errorBefore: Pick<AgentRow, "last_error"> | undefined;
  /** What was published last, so that only changes are. */
  #announced: { status: AgentStatus; isPaused: boolean } | undefined;

  constructor(row: AgentRow, options: RecordOptions) {
    this.#row = row;
    this.#stored = options.stored;
    this.#options = options;
  }

  get row(): AgentRow {
    return this.#row;
  }

  get id(): AgentId {
    return this.#row.agent_id;
  }

  /** True if the table has the row as it is now. */
  get isStored(): boolean {
    return this.#row === this.#stored;
  }

  change(changes: Partial<AgentRow>): void {
    this.#row = { ...this.#row, ...changes };
  }

  /** Moves the status. False, and nothing changes, if the trigger is impossible in this status. */
  trigger(trigger: AgentTrigger): boolean {
    const status = transition(this.#row.status, trigger);
    if (status === undefined) return false;
    if (status !== this.#row.status) this.change({ status });
    if (trigger === "stop") this.#endWait();
    return true;
  }

  /** For each start of the agent: its thread is of a new generation. */
  beginGeneration(): void {
    this.trigger("start");
    this.change({
      generation: this.#row.generation + 1,
      started_at: Date.now(),
      ended_at: null,
      exit_reason: null,
    });
  }

  /** Prepares another start of an agent that could not be started; a paused one stays paused. */
  revive(): void {
    const status = statusAtRest("restarting", this.#row.paused);
    this.change({ status, ended_at: null, exit_reason: null });
  }

  /**
   * Leaves the agent paused and without a thread until it is resumed: even its setup may be what
   * killed the process.
   */
  park(safeMode: SafeMode): void {
    const { status, paused } = this.#row;
    this.#isParked = true;
    const wouldRun = statusAtRest(status, paused) !== "paused";
    this.change({ status: "paused", paused: true });
    if (wouldRun) this.change({ last_error: safeModeError(safeMode, Date.now()) });
  }

  /** The agent is resumed. True if it was parked: it needs a thread. */
  unpark(): boolean {
    if (!this.#isParked) return false;
    this.#isParked = false;
    return true;
  }

  /** The machine has no room for the agent's thread: the agent is not `starting` while it waits. */
  waitForRoom({ code, message }: TroupeError): void {
    const { last_error } = this.#row;
    // A wait from the last process, which it did not see the end of, is not an error of the agent.
    this.#errorBefore = { last_error: last_error?.code === code ? null : last_error };
    this.trigger("suspend");
    this.change({ last_error: { code, message, at: Date.now() } });
  }

  /** There is room: restores the error from before the wait. True if the agent has waited. */
  findRoom(): boolean {
    return this.#endWait() && this.trigger("start");
  }

  #endWait(): boolean {
    if (this.#errorBefore === undefined) return false;
    this.change(this.#errorBefore);
    this.#errorBefore = undefined;
    return true;
  }

  /** Remembers that the action's effect is in the row, until its ack is stored. */
  apply(actionId: string): void {
    const applied_actions = [...this.#row.applied_actions, actionId].slice(-APPLIED_KEPT_MAX);
    this.change({ applied_actions });
  }

  /** The ack is stored. The row loses the id with its next save; the id does no harm until then. */
  forgetApplied(actionId: string): void {
    const applied_actions = this.#row.applied_actions.filter((id) => id !== actionId);
    if (applied_actions.length < this.#row.applied_actions.length) this.change({ applied_actions });
  }

  /** @throws {TroupeError} `GUIDANCE_LIMIT` if too much is waiting already. */
  checkGuidance(guidance: Guidance): void {
    const waiting = this.#row.pending_guidance;
    const bytes = waiting.reduce((sum, other) => sum + bytesOf(other), bytesOf(guidance));
    if (waiting.length >= GUIDANCE_ENTRIES_MAX || bytes > GUIDANCE_BYTES_MAX) {
      throw new TroupeError(
        "GUIDANCE_LIMIT",
        `${this.id} has ${waiting.length} interrupts waiting; at most ${GUIDANCE_ENTRIES_MAX} can, with ${GUIDANCE_BYTES_MAX} bytes in all`,
      );
    }
  }

  /** Guidance waits in the row until a step has used it, even if the agent ends before. */
  addGuidance(guidance: Guidance): void {
    this.change({ pending_guidance: [...this.#row.pending_guidance, guidance] });
  }

  /** Puts an ended step into the row, with the state after it. */
  addStep(step: StepRow, { currentSubject, contextJson, guidanceUsed }: StateAfterStep): void {
    const { row } = this;
    const { error, result } = step;
    const used = new Set(guidanceUsed);
    this.change({
      iteration: step.iteration,
      current_subject: currentSubject,
      pending_guidance: row.pending_guidance.filter(({ action_id }) => !used.has(action_id)),
      ...defined({ context: contextJson ?? undefined }),
      last_error: error === null ? row.last_error : { ...error, at: step.ended_at },
    });
    if (result !== null) this.#addResult(step, result);
  }

  #addResult({ iteration, subject, ended_at }: StepRow, result: string): void {
    const entry = { iteration, subject, result, at: ended_at };
    this.change({ result, history: [...this.#row.history, entry].slice(-HISTORY_ENTRIES_MAX) });
  }

  /**
   * Stores the row as it is now, and the step with it; resolves once both are durable and announced.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `RECORD_INVALID` if no retry would store it.
   */
  save(step?: StepRow): Promise<void> {
    this.change({ epoch: this.#options.epoch, updated_at: Date.now() });
    const saved = this.#store(this.#row, step);
    this.#lastSave = saved;
    return saved;
  }

  async #store(row: AgentRow, step: StepRow | undefined): Promise<void> {
    await this.#options.table.record(row, step);
    this.#stored = row;
    this.#announce(row, step);
  }

  /**
   * Drops the agent's own changes since the newest stored image, because they cannot be stored;
   * requests to the agent stay. Resolves once all saves that were called have ended.
   */
  async fallBack(): Promise<void> {
    for (let last: unknown; last !== this.#lastSave; ) {
      last = this.#lastSave;
      await this.#lastSave.catch(() => undefined);
    }
    if (this.#stored === undefined) return;
    const { status, paused, pending_guidance, applied_actions } = this.#row;
    const known = new Set(this.#stored.pending_guidance.map(({ action_id }) => action_id));
    const newer = pending_guidance.filter(({ action_id }) => !known.has(action_id));
    const waiting = [...this.#stored.pending_guidance, ...newer];
    this.#row = { ...this.#stored, status, paused, applied_actions, pending_guidance: waiting };
  }

  /** The agent was never started: its row is as it was before. */
  forget(): void {
    this.#row = this.#stored ?? this.#row;
  }

  /** Must be called once the guidance is stored. */
  announceGuidance(guidance: Guidance): void {
    this.#options.events.publish("agent.guidance", guidance, this.id);
  }

  #announce(row: AgentRow, step: StepRow | undefined): void {
    const { events } = this.#options;
    if (step !== undefined) events.publish("agent.step", step, row.agent_id);
    const last = this.#announced;
    if (last?.status === row.status && last.isPaused === row.paused) return;
    this.#announced = { status: row.status, isPaused: row.paused };
    events.publish("agent.status", summarizeAgent(row), row.agent_id);
  }
}

const guidanceBytes = new WeakMap<Guidance, number>();

/** Of its JSON text, which is measured once. */
function bytesOf(guidance: Guidance): number {
  const known = guidanceBytes.get(guidance);
  if (known !== undefined) return known;
  const bytes = Buffer.byteLength(JSON.stringify(guidance));
  guidanceBytes.set(guidance, bytes);
  return bytes;
}

/** The state after a step; without a context, the context is as before. */
type StateAfterStep = Pick<StepReport, "currentSubject" | "contextJson" | "guidanceUsed">;

/** The row of an agent that did not exist before. */
export function newAgentRow(
  agentId: AgentId,
  { agentType, subject, config }: NewAgent,
  epoch: number,
): AgentRow {
  const now = Date.now();
  return {
    agent_id: agentId,
    agent_type: agentType,
    status: "stopped",
    paused: false,
    iteration: 0,
    result: null,
    current_subject: subject,
    pending_guidance: [],
    context: "null",
    history: [],
    last_error: null,
    restarts: 0,
    generation: 0,
    epoch,
    started_at: now,
    ended_at: null,
    updated_at: now,
    config,
    applied_actions: [],
    exit_reason: null,
  };
}

/** What an agent is created from. */
export interface NewAgent {
  readonly agentType: string;
  readonly subject: string | null;
  readonly config: Readonly<Record<string, unknown>>;
}
