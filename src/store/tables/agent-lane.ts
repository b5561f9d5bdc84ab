/**
 * The records of one agent on their way into the tables, in their order. A row can be merged once all
 * steps before it are appended. Steps bring up a row that is there and alive, not one that is missing or
 * has ended: then they wait until the first row of their generation is merged.
 */

import { type AddedGuidance, missingIn } from "../../model/added-guidance.ts";
import type { AgentRow } from "../../model/agent.ts";
import type { WholeStepRow } from "../../model/step.ts";
import { type EncodedRow, encodeRow } from "../lance/codec.ts";
import { addGuidance, addStep, patchSince, type RowPatch } from "./row-patch.ts";

/** A row to merge, which a newer one may replace until it is taken. */
export interface Image {
  row: AgentRow;
  /** True if it must not wait for the next lazy merge. */
  isUrgent: boolean;
  /** Resolves with the row that was merged: this one or a newer one. */
  readonly merged: PromiseWithResolvers<AgentRow>;
}

export interface RecordOptions {
  /** The row may wait for the next lazy merge. */
  readonly isLazy?: boolean;
  /**
   * The table has a row of the agent, alive: steps of the generation that begins with this row need not wait
   * for it. A start finds them by that row, whichever epoch and generation it is of.
   */
  readonly hasLivingRow?: boolean;
  /** Called once the step is stored. */
  readonly onAppended?: () => void;
}

/** A step that is not appended yet. */
export interface StepEntry {
  readonly lane: AgentLane;
  readonly step: WholeStepRow;
  /** The row after it, and after the records between it and the next step. */
  readonly image: Image;
  /** The row after the step alone. */
  readonly row: AgentRow;
  readonly onAppended: () => void;
  /** Why it can never be stored. */
  fault?: unknown;
}

/** A row that is being merged. */
export interface Taken {
  readonly lane: AgentLane;
  readonly image: Image;
  /** Why it can never be stored. */
  fault?: unknown;
}

/** From this step on the generation cannot be stored, because this step is missing. */
interface Break {
  readonly generation: number;
  readonly iteration: number;
  readonly fault: unknown;
}

/** Steps of one agent that may wait for a patient flush; with eight the agent itself waits. */
const STEPS_PATIENT_MAX = 4;

export class AgentLane {
  /** Oldest first. */
  readonly #steps: StepEntry[] = [];
  /** The row that can be merged next. */
  #image: Image | undefined;
  #generation: number | undefined;
  /**
   * Steps that wait until the first row of their generation is merged; undefined once that of the newest
   * generation is.
   */
  #held: StepEntry[] | undefined;
  /** Why that row was not merged. */
  #startFault: unknown;
  #break: Break | undefined;
  #patch: RowPatch | undefined;
  /** The row that was merged last by this process. */
  #merged: AgentRow | undefined;

  /** Its stored changes that the table does not have. */
  get patch(): RowPatch | undefined {
    return this.#patch;
  }

  get merged(): AgentRow | undefined {
    return this.#merged;
  }

  get image(): Image | undefined {
    return this.#image;
  }

  /** True if the step should be stored soon: somebody waits for it, or the agent soon would. */
  isPressing({ guidance_used: used }: WholeStepRow): boolean {
    return (used ?? []).length > 0 || this.#steps.length > STEPS_PATIENT_MAX;
  }

  /** True until the first row of its generation is merged. */
  get isStarting(): boolean {
    return this.#held !== undefined;
  }

  /** True if none of its records waits. */
  get isIdle(): boolean {
    return this.#steps.length === 0 && this.#image === undefined;
  }

  /** Why this row, or this step, cannot be stored: something that it builds on was not. */
  faultOf({ generation, iteration }: AgentRow, step: WholeStepRow | undefined): unknown {
    if (step !== undefined && this.#startFault !== undefined) return this.#startFault;
    const broken = this.#break;
    if (broken === undefined || generation > broken.generation) return undefined;
    return iteration >= broken.iteration ? broken.fault : undefined;
  }

  /** Returns the image that the row is part of. */
  addRow(row: AgentRow, { isLazy = false, hasLivingRow = false }: RecordOptions): Image {
    const isUrgent = !isLazy;
    if (row.generation !== this.#generation) {
      this.#generation = row.generation;
      if (!hasLivingRow) this.#held ??= [];
    }
    const last = this.#steps.at(-1)?.image ?? this.#image;
    if (last !== undefined) return replace(last, row, isUrgent);
    this.#image = { row, isUrgent, merged: newMerged() };
    return this.#image;
  }

  /** True if the step must wait; {@link setMerged} returns it later. */
  addStep(entry: StepEntry): boolean {
    this.#generation ??= entry.row.generation;
    this.#steps.push(entry);
    this.#held?.push(entry);
    return this.#held !== undefined;
  }

  /** The step is in its table: the row after it can be merged. */
  setAppended(entry: StepEntry): Image {
    this.#drop(entry);
    this.#patch = addStep(this.#patch, entry.row, entry.step);
    if (this.#image === undefined) this.#image = entry.image;
    else {
      const { row, isUrgent, merged } = entry.image;
      replace(this.#image, row, isUrgent);
      merged.resolve(this.#image.merged.promise);
    }
    return this.#image;
  }

  /** The journal keeps this guidance until a merged row has it. */
  addGuidance(added: AddedGuidance): void {
    if (this.#merged !== undefined && missingIn(this.#merged, [added]).length === 0) return;
    this.#patch = addGuidance(this.#patch, added);
  }

  /** The step was not stored, so nothing that builds on it can be. */
  setFailed(entry: StepEntry, fault: unknown): void {
    this.#drop(entry);
    this.setBroken(entry.row, fault);
    entry.image.merged.reject(fault);
  }

  /** This row can never be stored, nor any later one of its generation. */
  setBroken({ generation, iteration }: AgentRow, fault: unknown): void {
    if (this.#break !== undefined && this.#break.generation >= generation) return;
    this.#break = { generation, iteration, fault };
  }

  take(): Image | undefined {
    const image = this.#image;
    this.#image = undefined;
    return image;
  }

  /**
   * Returns the steps that waited for this row. Those of an earlier generation must not wait for the newest
   * one: its row is merged after them.
   */
  setMerged(row: AgentRow): readonly StepEntry[] {
    this.#merged = row;
    this.#patch = patchSince(this.#patch, row);
    const held = this.#held ?? [];
    const isFree = ({ step }: StepEntry) => step.generation <= row.generation;
    if (row.generation !== this.#generation) {
      this.#held &&= held.filter((entry) => !isFree(entry));
      return held.filter(isFree);
    }
    this.#held = undefined;
    this.#startFault = undefined;
    return held;
  }

  /** The row was not merged: the steps that waited for it, and are returned, fail. */
  dropHeld(fault: unknown): readonly StepEntry[] {
    if (this.#held === undefined) return [];
    this.#startFault = fault;
    const held = this.#held.splice(0);
    for (const entry of held) this.setFailed(entry, fault);
    return held;
  }

  #drop(entry: StepEntry): void {
    const place = this.#steps.indexOf(entry);
    if (place >= 0) this.#steps.splice(place, 1);
  }
}

export function newMerged(): Image["merged"] {
  const merged = Promise.withResolvers<AgentRow>();
  merged.promise.catch(() => undefined); // a step's caller may not wait for the row
  return merged;
}

function replace(image: Image, row: AgentRow, isUrgent: boolean): Image {
  image.row = row;
  image.isUrgent ||= isUrgent;
  return image;
}

/** No row for a step that cannot be stored; then the entry has the reason. */
export function encodeStep(entry: StepEntry): readonly EncodedRow[] {
  entry.fault = entry.lane.faultOf(entry.row, entry.step);
  if (entry.fault !== undefined) return [];
  try {
    return [encodeRow("agent_steps", entry.step)];
  } catch (fault) {
    entry.fault = fault;
    entry.lane.setBroken(entry.row, fault);
    return [];
  }
}

/** No row if it cannot be stored; then `taken` has the reason. */
export function encodeTaken(taken: Taken, stepsSince: string): readonly EncodedRow[] {
  try {
    return [encodeRow("agent_state", { ...taken.image.row, steps_since: stepsSince })];
  } catch (fault) {
    taken.fault = fault;
    return [];
  }
}
