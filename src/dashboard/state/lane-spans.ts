/**
 * The steps that the timeline knows, by agent and in order. Hundreds of thousands fit: they are kept as
 * columns of numbers. A step is known by its number, so one that is read twice is there once.
 */

import type { StepStatus } from "../../model/step-status.ts";

export interface Span {
  readonly iteration: number;
  readonly generation: number;
  readonly status: StepStatus;
  readonly isGuided: boolean;
  readonly startedAt: number;
  readonly endedAt: number;
}

const statuses = ["ok", "error", "aborted"] as const satisfies readonly StepStatus[];
const GUIDED = 4;
const STATUS_BITS = 3;
const SIZE_FIRST = 16;

/** The steps of one agent, oldest first. */
export class LaneSpans {
  size = 0;
  starts = new Float64Array(SIZE_FIRST);
  ends = new Float64Array(SIZE_FIRST);
  #iterations = new Float64Array(SIZE_FIRST);
  #generations = new Int32Array(SIZE_FIRST);
  #codes = new Uint8Array(SIZE_FIRST);

  at(index: number): Span | undefined {
    if (index < 0 || index >= this.size) return undefined;
    return {
      iteration: this.#iterations[index] as number,
      generation: this.#generations[index] as number,
      status: this.statusAt(index),
      isGuided: ((this.#codes[index] as number) & GUIDED) !== 0,
      startedAt: this.starts[index] as number,
      endedAt: this.ends[index] as number,
    };
  }

  statusAt(index: number): StepStatus {
    return statuses[(this.#codes[index] as number) & STATUS_BITS] ?? "ok";
  }

  /** True if the agent has a new thread since the known step before. */
  isRestart(index: number): boolean {
    const isKnown =
      index > 0 && this.#iterations[index - 1] === Number(this.#iterations[index]) - 1;
    return isKnown && this.#generations[index - 1] !== this.#generations[index];
  }

  isGuided(index: number): boolean {
    return ((this.#codes[index] as number) & GUIDED) !== 0;
  }

  /** Index of the first step that ended at this time or later; the size if there is none. */
  firstEndedSince(time: number): number {
    return this.#search(this.ends, time);
  }

  /** Index of the step with this number; -1 if it is not known. */
  indexOf(iteration: number): number {
    const index = this.#search(this.#iterations, iteration);
    return this.#iterations[index] === iteration && index < this.size ? index : -1;
  }

  /** @param spans in order; those that are known already are left out. Returns how many were new. */
  add(spans: readonly Span[]): number {
    const [first] = spans;
    if (first === undefined) return 0;
    const last = this.size === 0 ? 0 : (this.#iterations[this.size - 1] as number);
    const isLater = this.size === 0 || first.iteration > last;
    const before = this.size;
    if (isLater) for (const span of spans) this.#push(span);
    else this.#merge(spans);
    return this.size - before;
  }

  /** Forgets the first ones. */
  drop(count: number): void {
    for (const column of this.#columns()) column.copyWithin(0, count, this.size);
    this.size -= count;
  }

  #merge(spans: readonly Span[]): void {
    const own = Array.from({ length: this.size }, (_, index) => this.at(index) as Span);
    const known = new Set(own.map(({ iteration }) => iteration));
    const added = spans.filter(({ iteration }) => !known.has(iteration));
    if (added.length === 0) return;
    this.size = 0;
    const all = [...own, ...added].sort((one, other) => one.iteration - other.iteration);
    for (const span of all) this.#push(span);
  }

  #push({ iteration, generation, status, isGuided, startedAt, endedAt }: Span): void {
    const at = this.size;
    if (at > 0 && this.#iterations[at - 1] === iteration) return;
    if (at === this.starts.length) this.#grow();
    this.starts[at] = startedAt;
    this.ends[at] = endedAt;
    this.#iterations[at] = iteration;
    this.#generations[at] = generation;
    this.#codes[at] = statuses.indexOf(status) | (isGuided ? GUIDED : 0);
    this.size = at + 1;
  }

  #grow(): void {
    const grown = <T extends Float64Array | Int32Array | Uint8Array>(larger: T, column: T): T => {
      larger.set(column);
      return larger;
    };
    const length = this.starts.length * 2;
    this.starts = grown(new Float64Array(length), this.starts);
    this.ends = grown(new Float64Array(length), this.ends);
    this.#iterations = grown(new Float64Array(length), this.#iterations);
    this.#generations = grown(new Int32Array(length), this.#generations);
    this.#codes = grown(new Uint8Array(length), this.#codes);
  }

  #columns() {
    return [this.starts, this.ends, this.#iterations, this.#generations, this.#codes];
  }

  /** Index of the first value of an ascending column that is not smaller. */
  #search(column: Float64Array, value: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((column[middle] as number) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class FleetSpans {
  readonly #lanes = new Map<string, LaneSpans>();
  size = 0;

  of(agentId: string): LaneSpans | undefined {
    return this.#lanes.get(agentId);
  }

  add(agentId: string, spans: readonly Span[]): void {
    const lane = this.#lanes.get(agentId) ?? new LaneSpans();
    this.#lanes.set(agentId, lane);
    this.size += lane.add(spans);
  }

  /** Forgets steps that ended before this time. */
  dropBefore(time: number): void {
    for (const lane of this.#lanes.values()) {
      const count = lane.firstEndedSince(time);
      if (count > 0) lane.drop(count);
      this.size -= count;
    }
  }

  /** The time that divides the known steps in halves, about. */
  middleTime(): number {
    const times = [...this.#lanes.values()]
      .filter(({ size }) => size > 0)
      .map((lane) => lane.ends[lane.size >>> 1] as number)
      .sort((one, other) => one - other);
    return times[times.length >>> 1] ?? 0;
  }
}
