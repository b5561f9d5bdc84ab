/** Counts steps by agent and bucket of time, as many as fit in one page. */

import type { CountedTime } from "../../model/step-filter.ts";
import type { StepCount } from "../../model/step-span.ts";
import { inTimeSlices } from "../../time-slices.ts";
import { PAGE_BYTES_MAX } from "./action-pages.ts";
import type { StepKey } from "./superseded-steps.ts";

export type CountedStep = Omit<StepKey, "_rowid"> &
  Readonly<Record<"started_at" | "ended_at", number>> & {
    readonly status: "ok" | "error" | "aborted";
  };

/** The columns of {@link CountedStep}. */
export const countedColumns = [
  "step_id",
  "agent_id",
  "iteration",
  "epoch",
  "status",
  "started_at",
  "ended_at",
] as const;

/**
 * Bytes after which a page ends. One more step may add 2,002 cells, each of an agent with the longest id:
 * less than 480 KiB.
 */
const BYTES_MAX = PAGE_BYTES_MAX - 512 * 1024;
/** Most bytes of a cell as JSON, without its agent's id, which is ASCII without quotes. */
const CELL_BYTES = 112;
/** Steps in one slice of time: each may be in 2,000 buckets. */
const STEPS_AT_ONCE = 16;

type Cell = { -readonly [K in keyof StepCount]: StepCount[K] };

export class StepCounts {
  readonly #time: CountedTime;
  /** By agent, and by the start of the bucket. */
  readonly #cells = new Map<string, Map<number, Cell>>();
  #bytes = 0;
  /** The last counted step of each agent. */
  readonly #last = new Map<string, Pick<CountedStep, "iteration" | "epoch">>();

  constructor(time: CountedTime) {
    this.#time = time;
  }

  /** True if the page ends here. */
  get isFull(): boolean {
    return this.#bytes >= BYTES_MAX;
  }

  /**
   * Adds steps until the page is full.
   * @param steps newest first, each older than those of the call before
   * @returns the id of the last one that was added, or that does not count
   */
  async add(steps: readonly CountedStep[]): Promise<string | undefined> {
    let last: string | undefined;
    for await (const part of inTimeSlices(steps, STEPS_AT_ONCE)) {
      for (const step of part) {
        if (this.isFull) return last;
        if (this.#counts(step)) this.#add(step);
        last = step.step_id;
      }
    }
    return last;
  }

  list(): readonly StepCount[] {
    return [...this.#cells.values()].flatMap((cells) => [...cells.values()]);
  }

  /**
   * False for a step that a replaced process stored, if the step that replaces it has been counted before.
   * One that is on another page, or has the later id, is counted in addition: a takeover takes seconds.
   */
  #counts({ agent_id, iteration, epoch }: CountedStep): boolean {
    const later = this.#last.get(agent_id);
    if (later !== undefined && epoch < later.epoch && iteration >= later.iteration) return false;
    this.#last.set(agent_id, { iteration, epoch });
    return true;
  }

  #add({ agent_id, status, started_at, ended_at }: CountedStep): void {
    const { since, until, bucketMs } = this.#time;
    if (ended_at < until) this.#cell(agent_id, ended_at)[status] += 1;
    const [from, to] = [Math.max(started_at, since), Math.min(ended_at, until)];
    for (let at = from - (from % bucketMs); at < to; at += bucketMs) {
      const busyMs = Math.min(to, at + bucketMs) - Math.max(from, at);
      this.#cell(agent_id, at).busy_ms += busyMs;
    }
  }

  #cell(agentId: StepCount["agent_id"], time: number): Cell {
    const at = time - (time % this.#time.bucketMs);
    const ofAgent = this.#cells.get(agentId) ?? new Map<number, Cell>();
    this.#cells.set(agentId, ofAgent);
    const known = ofAgent.get(at);
    if (known !== undefined) return known;
    const cell: Cell = { agent_id: agentId, at, ok: 0, error: 0, aborted: 0, busy_ms: 0 };
    ofAgent.set(at, cell);
    this.#bytes += CELL_BYTES + agentId.length;
    return cell;
  }
}
