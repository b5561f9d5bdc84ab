/**
 * The saves of one agent's row: how soon the table must have it, which images the table has, and what is
 * announced once it is stored.
 */

import type { EventBus } from "../event-bus.ts";
import { type AgentRow, isAlive } from "../model/agent.ts";
import { summarizeAgent } from "../model/event.ts";
import { listedStep, type WholeStepRow } from "../model/step.ts";
import type { RecordOptions } from "../store/tables/agent-lane.ts";
import type { AgentTable } from "../store/tables/agent-table.ts";
import type { GuidanceLedger } from "./guidance-ledger.ts";

export interface RecordSavesOptions {
  readonly table: AgentTable;
  readonly events: EventBus;
}

export interface SaveOptions {
  /** Stores the row with the next merge, whatever changed. */
  readonly atOnce?: boolean;
}

/** The two ends of a saved step. */
export interface StepSave {
  /** Resolves once the step is stored, and announced. */
  readonly stored: Promise<void>;
  /** Resolves once the table has the row after it. Also rejects if the step was not stored. */
  readonly merged: Promise<void>;
}

/** Changes of these columns are stored without delay. */
const urgentColumns = ["status", "paused", "last_error", "exit_reason"] as const;

/** Applied actions from which a row is merged soon, so that their entries may leave the journal. */
const APPLIED_WAITING_MAX = 500;

/** Shared by all agents that live already. */
const LIVING = Promise.resolve();

export class RecordSaves {
  readonly #options: RecordSavesOptions;
  readonly #guidance: GuidanceLedger;
  /** The newest image that the table has. */
  #stored: AgentRow | undefined;
  /** The newest one whose steps are stored: the record falls back to their state. */
  #committed: AgentRow | undefined;
  /** The one that was saved last. */
  #saved: AgentRow | undefined;
  /** The last save that must not wait; steps after it are announced after it. */
  #urgent: UrgentSave | undefined;
  /** Resolves {@link living}; undefined if the table had a row of the living agent from the start on. */
  readonly #living: PromiseWithResolvers<void> | undefined;
  /** The merge that a lazy save waits for; further ones share it. */
  #merging: Promise<AgentRow> | undefined;
  /** The status that was published last. */
  #announced: Pick<AgentRow, "status" | "paused"> | undefined;

  constructor(stored: AgentRow | undefined, options: RecordSavesOptions, guidance: GuidanceLedger) {
    this.#options = options;
    this.#guidance = guidance;
    this.#stored = stored;
    this.#committed = stored;
    if (!isLiving(stored)) this.#living = Promise.withResolvers();
  }

  /** Resolves once the table has a row of the agent, alive: a start builds on that. Never rejects. */
  get living(): Promise<void> {
    return this.#living?.promise ?? LIVING;
  }

  get stored(): AgentRow | undefined {
    return this.#stored;
  }

  get committed(): AgentRow | undefined {
    return this.#committed;
  }

  /** See {@link AgentRecord.save}. */
  async save(row: AgentRow, { atOnce = false }: SaveOptions): Promise<void> {
    const isLazy = !atOnce && !this.#hasNews(row);
    const saving = this.#record(row, undefined, { isLazy });
    if (!isLazy) this.#urgent = new UrgentSave(saving);
    await saving;
  }

  /** See {@link AgentRecord.saveLazily}. */
  saveLazily(row: AgentRow): void {
    if (this.#hasNews(row) || row.applied_actions.length >= APPLIED_WAITING_MAX) {
      this.save(row, { atOnce: true }).catch(() => undefined); // a later save has it
      return;
    }
    this.#saved = row;
    const options = { isLazy: true, hasLivingRow: isLiving(this.#stored) };
    const merging = this.#options.table.record(row, undefined, options);
    if (merging === this.#merging) return;
    this.#merging = merging;
    merging.then(
      (merged) => this.#settle(merged),
      () => undefined, // as above
    );
  }

  /** See {@link AgentRecord.saveStep}. */
  saveStep(row: AgentRow, step: WholeStepRow): StepSave {
    const stored = Promise.withResolvers<void>();
    const before = this.#urgent;
    const isLazy = !this.#hasNews(row);
    const publish = () => {
      for (const actionId of step.guidance_used ?? []) this.#guidance.announce(actionId);
      this.#options.events.publish("agent.step", listedStep(step), row.agent_id);
      stored.resolve();
    };
    const onAppended = () => {
      this.#committed = row;
      // An agent that is shown as paused has no step: its resume is announced first.
      if (before === undefined) publish();
      else before.whenOver(publish);
    };
    const merged = this.#record(row, step, { isLazy, onAppended });
    if (!isLazy) this.#urgent = new UrgentSave(merged);
    merged.catch(stored.reject);
    return { stored: stored.promise, merged };
  }

  /**
   * True if a column has changed that others must see immediately, or the table has no living row of the
   * agent. A new thread of an agent that rested is no such change.
   */
  #hasNews(row: AgentRow): boolean {
    const saved = this.#saved ?? this.#stored;
    if (saved === undefined || !isLiving(saved)) return true;
    return urgentColumns.some((name) => row[name] !== saved[name]);
  }

  async #record(
    row: AgentRow,
    step: WholeStepRow | undefined,
    options: RecordOptions,
  ): Promise<void> {
    this.#saved = row;
    const hasLivingRow = isLiving(this.#stored);
    const merged = await this.#options.table.record(row, step, { ...options, hasLivingRow });
    this.#settle(merged);
    this.#announce(row);
  }

  #settle(merged: AgentRow): void {
    this.#stored = merged;
    if (isLiving(merged)) this.#living?.resolve();
    if (merged.iteration >= (this.#committed?.iteration ?? 0)) this.#committed = merged;
    this.#guidance.settle(merged);
  }

  /** Publishes the status of a stored row whenever it has changed, and not otherwise. */
  #announce(row: AgentRow): void {
    const { status, paused } = row;
    if (this.#announced?.status === status && this.#announced.paused === paused) return;
    this.#announced = { status, paused };
    this.#options.events.publish("agent.status", summarizeAgent(row), row.agent_id);
  }
}

/** True if there is a row, and its agent has not ended. */
function isLiving(row: AgentRow | undefined): boolean {
  return row !== undefined && isAlive(row.status);
}

/** A save that did not wait for others. */
class UrgentSave {
  readonly #over: Promise<unknown>;
  #isOver = false;

  constructor(saving: Promise<void>) {
    const end = () => {
      this.#isOver = true;
    };
    this.#over = saving.then(end, end);
  }

  /** Calls `then` once the save has ended, whatever its result: immediately if it has. */
  whenOver(then: () => void): void {
    if (this.#isOver) then();
    else void this.#over.then(then);
  }
}
