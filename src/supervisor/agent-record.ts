/**
 * The record of one agent: the image in memory of its row, and the only way to change it.
 * A step is stored by {@link AgentRecord.saveStep}, any other change by {@link AgentRecord.save}; both
 * are announced once they are stored.
 */

import { afterStep, stepStateOf } from "../model/after-step.ts";
import {
  type AgentRow,
  type AgentTrigger,
  type ExitReason,
  type Guidance,
  statusAtRest,
  transition,
} from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { TroupeError } from "../model/errors.ts";
import type { AgentId } from "../model/ids.ts";
import { type SafeMode, safeModeError } from "../model/safe-mode.ts";
import type { WholeStepRow } from "../model/step.ts";
import { textPacking } from "../text-packing.ts";
import { GuidanceLedger } from "./guidance-ledger.ts";
import {
  RecordSaves,
  type RecordSavesOptions,
  type SaveOptions,
  type StepSave,
} from "./record-saves.ts";

/** Applied actions whose ids are kept: more than one agent can have unacked (`UNACKED_MAX`). */
const APPLIED_KEPT_MAX = 2_500;

export interface AgentRecordOptions extends RecordSavesOptions {
  readonly epoch: number;
}

export class AgentRecord {
  readonly #options: AgentRecordOptions;
  #row: AgentRow;
  readonly #saves: RecordSaves;
  /** True from a start in safe mode until the resume: the agent has no thread, and needs none. */
  #isParked = false;
  /** While the agent waits for room: the last error from before. */
  #errorBefore: Pick<AgentRow, "last_error"> | undefined;
  readonly #guidance: GuidanceLedger;

  /** @param stored the row as the table has it; undefined for an agent that it has never had */
  constructor(row: AgentRow, stored: AgentRow | undefined, options: AgentRecordOptions) {
    this.#row = row;
    this.#options = options;
    this.#guidance = new GuidanceLedger(row.agent_id, options.events);
    this.#saves = new RecordSaves(stored, options, this.#guidance);
  }

  /** Resolves once the table has a row of the agent, alive: a start builds on that. Never rejects. */
  get living(): Promise<void> {
    return this.#saves.living;
  }

  get row(): AgentRow {
    return this.#row;
  }

  get epoch(): number {
    return this.#options.epoch;
  }

  get id(): AgentId {
    return this.#row.agent_id;
  }

  /** The newest image that the table has; undefined while it has no row of the agent. */
  get stored(): AgentRow | undefined {
    return this.#saves.stored;
  }

  /** True if the table has the row as it is now. */
  get isStored(): boolean {
    return this.#row === this.#saves.stored && !this.#options.table.isAhead(this.#row);
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
    const generation = this.#row.generation + 1;
    this.change({ generation, started_at: Date.now(), ended_at: null, exit_reason: null });
  }

  /** Prepares another start of an agent that could not be started; a paused one stays paused. */
  revive(): void {
    const status = statusAtRest("restarting", this.#row.paused);
    this.change({ status, ended_at: null, exit_reason: null });
  }

  /** Ends the agent on purpose. Resolves once the row is stored. */
  async end(exit: ExitReason): Promise<void> {
    this.trigger("end");
    this.change({ paused: false, ended_at: Date.now(), exit_reason: exit });
    await this.save();
  }

  /** Puts the agent into `error`. Resolves once the row is stored. */
  async giveUp(error: ErrorData, reason: "failed" | "unstartable"): Promise<void> {
    this.trigger("give_up");
    this.change({
      last_error: { ...error, at: Date.now() },
      ended_at: Date.now(),
      exit_reason: { reason, rung: "none", took_ms: 0, note: error.message },
    });
    await this.save();
  }

  /**
   * Leaves the agent paused and without a thread until it is resumed: even its setup may have
   * killed the process.
   */
  park(safeMode: SafeMode): void {
    const { status, paused, iteration } = this.#row;
    this.#isParked = true;
    const wouldRun = statusAtRest(status, paused) !== "paused";
    this.change({ status: "paused", paused: true });
    if (wouldRun) this.change({ last_error: safeModeError(safeMode, Date.now(), iteration) });
  }

  get isParked(): boolean {
    return this.#isParked;
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
    // A wait that the last process did not see the end of is not an error of the agent.
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

  /** Adds guidance, which waits for a step, and its action. Resolves once the table has both. */
  addGuidance(guidance: Guidance): Promise<void> {
    const { iteration, pending_guidance } = this.#row;
    this.change({ pending_guidance: [...pending_guidance, guidance] });
    this.apply(guidance.action_id);
    return this.#guidance.add(guidance, iteration);
  }

  /** The thread has refused it. */
  dropGuidance(actionId: string): void {
    const { pending_guidance: all } = this.#row;
    this.change({ pending_guidance: all.filter(({ action_id }) => action_id !== actionId) });
    this.forgetApplied(actionId);
    this.#guidance.drop(actionId);
  }

  /** The end of its action is stored, so the guidance is durable before the table's row has it. */
  keepGuidance(actionId: string): void {
    const added = this.#guidance.announce(actionId);
    if (added !== undefined) this.#options.table.addGuidance(this.id, added);
  }

  /** Puts an ended step into the row. */
  addStep(step: WholeStepRow): void {
    this.#row = afterStep(this.#row, step);
  }

  /** The agent rests: what only its thread needs takes little memory until it has one. */
  pack(): void {
    this.#row.history.pack(textPacking);
  }

  /**
   * Stores the row as it is now, and resolves once the table has it. The row may wait a second for
   * other agents' rows, unless others must see one of its changes immediately: the status, the
   * pause, the last error or the exit.
   * @throws {TroupeError} `STORE_UNAVAILABLE`; `RECORD_INVALID` if no retry would store it.
   */
  save(options: SaveOptions = {}): Promise<void> {
    return this.#saves.save(this.#stamp(), options);
  }

  /** {@link save} of a change that is durable elsewhere: within a second, sooner if many wait. */
  saveLazily(): void {
    this.#saves.saveLazily(this.#stamp());
  }

  /**
   * Stores the step, and lazily the row as it is now. The promises reject as {@link save} does;
   * after `RECORD_INVALID` the caller must call {@link fallBack}.
   */
  saveStep(step: WholeStepRow): StepSave {
    return this.#saves.saveStep(this.#stamp(), step);
  }

  #stamp(): AgentRow {
    this.change({ epoch: this.#options.epoch, updated_at: Date.now() });
    return this.#row;
  }

  /**
   * Drops the agent's own changes since the newest stored step, because they cannot be stored; requests to
   * the agent and its tokens stay.
   */
  fallBack(): void {
    const { stored, committed } = this.#saves;
    if (stored === undefined || committed === undefined) return;
    const { status, paused, applied_actions, usage } = this.#row;
    const waiting = [...committed.pending_guidance, ...this.#guidance.missingIn(committed)];
    const requests = { status, paused, applied_actions, pending_guidance: waiting };
    this.#row = { ...stored, ...stepStateOf(committed), ...requests, usage };
  }

  /** The agent was never started: its row is as it was before. */
  forget(): void {
    this.#row = this.#saves.stored ?? this.#row;
  }
}
