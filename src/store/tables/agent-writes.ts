/**
 * The only write path of agents. A step is stored by its append: gathered steps of all agents go
 * into one commit. Rows follow lazily, all changed ones in one merge: the newest row of each agent,
 * once all steps before it are on the disk. A crash in between leaves rows that are older than the
 * steps, and the next start brings them up; a row is never ahead of its steps.
 *
 * A step is appended only once some row of the living agent is on the disk, so that no steps are left
 * without an agent. That row may be of an earlier generation, even of an earlier process: a merge takes
 * 25 ms in a table of 100,000 rows, and the first step of an agent that wakes up waits for no more than
 * its append.
 */

import type { AddedGuidance } from "../../model/added-guidance.ts";
import { type AgentRow, isAlive } from "../../model/agent.ts";
import { TroupeError } from "../../model/errors.ts";
import { newStepId } from "../../model/ids.ts";
import type { WholeStepRow } from "../../model/step.ts";
import { inTimeSlices } from "../../time-slices.ts";
import { cutByCommit, type EncodedRow } from "../lance/codec.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import { StoreRetry } from "../lance/retry-until-stored.ts";
import type { StorePace } from "../store-pace.ts";
import {
  AgentLane,
  encodeTaken,
  newMerged,
  type RecordOptions,
  type StepEntry,
  type Taken,
} from "./agent-lane.ts";
import { AgentSyncs } from "./agent-syncs.ts";
import type { RowPatch } from "./row-patch.ts";
import { appendSteps, ENCODE_BATCH, type StepAppendsOptions } from "./step-appends.ts";

/** Least milliseconds between two flushes, to bound the commits, and so the versions, per second. */
const FLUSH_GAP_MS = 10;
/** Steps, or urgent rows, that may be gathered before {@link AgentWrites.ready} makes callers wait. */
const RECORDS_READY = 2_000;
/**
 * Most gathered steps, and most urgent rows; a further one is refused with `STORE_UNAVAILABLE`. While the
 * store fails each agent adds a handful and waits (`UNSTORED_STEPS_MAX` in actor/loop.ts): to restart it from
 * its last stored step would repeat steps. A start records all living agents together.
 */
const RECORDS_MAX = 1_000_000;

export interface AgentWritesOptions extends Pick<StepAppendsOptions, "steps" | "effects"> {
  readonly merge: (rows: readonly EncodedRow[]) => Promise<void>;
  /** Resolves once all merged rows are on the disk. */
  readonly sync: () => Promise<void>;
  readonly pace: Pick<StorePace, "stepGap" | "lazyMs">;
}

export class AgentWrites {
  readonly #options: AgentWritesOptions;
  readonly #steps: GroupCommit<StepEntry>;
  readonly #merges: GroupCommit<AgentLane>;
  readonly #retries = { append: new StoreRetry(), merge: new StoreRetry() };
  readonly #syncs: AgentSyncs;
  /** Of agents that live, or have something to store. */
  readonly #lanes = new Map<string, AgentLane>();
  /** Lanes with a row to merge. */
  readonly #changed = new Set<AgentLane>();
  /** Those for which a merge is requested. */
  readonly #urgent = new Set<AgentLane>();
  /** Steps that are recorded and not appended, oldest first. */
  readonly #unstored = new Set<StepEntry>();
  /** The stored changes that the table does not have, by agent. */
  readonly #patches = new Map<string, RowPatch>();
  /** All steps of this process with lower ids are in the merged rows. */
  #stepsSince = "";
  #lazy: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: AgentWritesOptions) {
    this.#options = options;
    const { steps, effects, sync } = options;
    const syncSteps = async () => {
      await effects.sync();
      await steps.sync();
    };
    this.#syncs = new AgentSyncs({ steps: syncSteps, rows: sync, retry: this.#retries.merge });
    const limits = { gapMs: FLUSH_GAP_MS, weightReady: RECORDS_READY, weightMax: RECORDS_MAX };
    this.#steps = new GroupCommit({
      name: "agent_steps",
      flush: (entries) => this.#append(entries),
      patience: options.pace.stepGap,
      ...limits,
    });
    this.#merges = new GroupCommit({
      name: "agent_state",
      flush: () => this.#mergeChanged(),
      ...limits,
    });
  }

  /** How full the gathered records are: from 1 on {@link ready} waits. */
  get pressure(): number {
    return Math.max(this.#steps.pressure, this.#merges.pressure, this.#options.effects.pressure);
  }

  /** Backpressure: await this before taking the next report of an agent. */
  async ready(): Promise<void> {
    await this.#steps.ready();
    await this.#merges.ready();
    await this.#options.effects.ready();
  }

  /** For the end of the process: after `ms` milliseconds a refusal by the store is final. */
  stopRetryingAfter(ms: number): void {
    for (const retry of Object.values(this.#retries)) retry.stopAfter(ms);
  }

  /** The stored changes of all agents that the table does not have at this moment. */
  get patches(): ReadonlyMap<string, RowPatch> {
    return this.#patches;
  }

  /** Agents whose subject is not the one in the table, with their subject. */
  movedSubjects(): ReadonlyMap<string, string | null> {
    const moved = new Map<string, string | null>();
    for (const [id, { columns }] of this.#patches) {
      const before = this.#lanes.get(id)?.merged?.current_subject;
      if (columns !== undefined && columns.current_subject !== before) {
        moved.set(id, columns.current_subject);
      }
    }
    return moved;
  }

  /**
   * Stores an agent's row, and the step that led to it. The step is stored once `onAppended` is called, the
   * row once this resolves, with the row that was merged: this one or a newer one of the agent. All steps are
   * kept, in order, each once. A write that the store refuses is retried without limit.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if too many records wait, or after
   * {@link stopRetryingAfter}; `DATABASE_LOST` if another process has taken over; `RECORD_INVALID` if
   * this record can never be stored, while those of other agents are.
   */
  record(row: AgentRow, step?: WholeStepRow, options: RecordOptions = {}): Promise<AgentRow> {
    const { isLazy = false, onAppended = () => undefined } = options;
    const lane = this.#laneOf(row.agent_id);
    const refusal = lane.faultOf(row, step) ?? this.#refusal(step === undefined);
    if (refusal !== undefined) return Promise.reject(refusal);
    if (step === undefined) {
      const image = lane.addRow(row, options);
      if (!isLazy) this.#steps.hurry(); // the row may wait for steps
      this.#schedule(lane);
      return image.merged.promise;
    }
    const image = { row, isUrgent: !isLazy, merged: newMerged() };
    const entry: StepEntry = { lane, step, image, row, onAppended };
    this.#unstored.add(entry);
    if (!lane.addStep(entry)) this.#addStep(entry);
    if (!isLazy || lane.isPressing(step)) this.#steps.hurry();
    return image.merged.promise;
  }

  /** Guidance in a recorded row is durable before that row is: reads in this process have it from now on. */
  addGuidance(agentId: string, added: AddedGuidance): void {
    // Without a lane all rows are merged.
    const lane = this.#lanes.get(agentId);
    lane?.addGuidance(added);
    if (lane !== undefined) this.#setPatch(agentId, lane.patch);
  }

  /** Resolves once everything recorded so far is stored or has failed. */
  async drain(): Promise<void> {
    do {
      await this.#steps.drain();
      this.#mergeNow();
      await this.#merges.drain();
    } while (this.#unstored.size > 0 || this.#changed.size > 0);
  }

  /** Drains; later records are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.drain();
    await Promise.all([this.#steps.close(), this.#merges.close()]);
  }

  #refusal(isRow: boolean): TroupeError | undefined {
    if (!this.#isClosed) return (isRow ? this.#merges : this.#steps).refusal();
    return new TroupeError("STORE_UNAVAILABLE", "agent_state is closed");
  }

  #laneOf(agentId: string): AgentLane {
    const lane = this.#lanes.get(agentId) ?? new AgentLane();
    this.#lanes.set(agentId, lane);
    return lane;
  }

  #addStep(entry: StepEntry): void {
    this.#steps.add(entry).then(
      () => this.#endStep(entry, entry.fault),
      (thrown: unknown) => this.#endStep(entry, thrown),
    );
  }

  #endStep(entry: StepEntry, fault: unknown): void {
    const { lane, row, onAppended } = entry;
    this.#unstored.delete(entry);
    if (fault !== undefined) {
      lane.setFailed(entry, fault);
      return;
    }
    lane.setAppended(entry);
    this.#setPatch(row.agent_id, lane.patch);
    onAppended();
    this.#schedule(lane);
  }

  #setPatch(agentId: string, patch: RowPatch | undefined): void {
    if (patch === undefined) this.#patches.delete(agentId);
    else this.#patches.set(agentId, patch);
  }

  /** The lane's row is merged with the next merge: soon, or within the pace's `lazyMs`. */
  #schedule(lane: AgentLane): void {
    if (lane.image === undefined) return;
    this.#changed.add(lane);
    if (lane.image.isUrgent) this.#request(lane);
    else this.#lazy ??= setTimeout(() => this.#mergeNow(), this.#options.pace.lazyMs);
  }

  #mergeNow(): void {
    const [lane] = this.#changed;
    if (lane !== undefined) this.#request(lane);
  }

  /** The merge takes all changed lanes; each that is urgent counts for {@link ready}. */
  #request(lane: AgentLane): void {
    if (this.#urgent.has(lane)) return;
    this.#urgent.add(lane);
    // Each row's caller is notified.
    this.#merges.add(lane).catch(() => this.#urgent.delete(lane));
  }

  async #append(entries: readonly StepEntry[]): Promise<void> {
    if (entries.some(({ lane }) => lane.merged === undefined)) await this.#syncs.foundRows();
    const { steps, effects } = this.#options;
    const onAppended = () => this.#syncs.stepsAppended();
    await appendSteps(entries, { steps, effects, retry: this.#retries.append, onAppended });
  }

  async #mergeChanged(): Promise<void> {
    clearTimeout(this.#lazy);
    this.#lazy = undefined;
    const [oldest] = this.#unstored;
    // Before the rows are taken: a step that ends later has a higher id.
    const since = oldest?.step.step_id ?? newStepId();
    const taken = [...this.#changed].map((lane) => ({ lane, image: lane.take() }));
    this.#changed.clear();
    this.#urgent.clear();
    const images = taken.filter((one): one is Taken => one.image !== undefined);
    try {
      await this.#mergeTaken(images);
    } catch (thrown) {
      for (const one of images) this.#fail(one, thrown);
      throw thrown;
    }
    this.#stepsSince = since;
    for await (const part of inTimeSlices(images, ENCODE_BATCH)) {
      for (const one of part) this.#setMerged(one);
    }
  }

  async #mergeTaken(taken: readonly Taken[]): Promise<void> {
    const rows: EncodedRow[] = [];
    for await (const part of inTimeSlices(taken, ENCODE_BATCH)) {
      for (const one of part) rows.push(...encodeTaken(one, this.#stepsSince));
    }
    await this.#syncs.beforeRows();
    for (const part of cutByCommit(rows)) {
      await this.#retries.merge.run(() => this.#options.merge(part));
    }
    if (taken.some(({ lane }) => lane.isStarting)) await this.#syncs.beforeFirstSteps();
  }

  #setMerged(taken: Taken): void {
    const { lane, image, fault } = taken;
    if (fault !== undefined) {
      this.#fail(taken, fault);
      return;
    }
    const { row } = image;
    const held = lane.setMerged(row);
    this.#setPatch(row.agent_id, lane.patch);
    for (const entry of held) this.#addStep(entry);
    if (held.length > 0) this.#steps.hurry();
    if (lane.isIdle && !isAlive(row.status)) this.#lanes.delete(row.agent_id);
    image.merged.resolve(row);
  }

  #fail({ lane, image }: Taken, fault: unknown): void {
    image.merged.reject(fault);
    for (const entry of lane.dropHeld(fault)) this.#unstored.delete(entry);
  }
}
