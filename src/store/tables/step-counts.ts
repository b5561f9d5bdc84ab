/** Counts steps by agent and bucket of time. */

import type { CountedTime } from "../../model/step-filter.ts";
import type { StepCount } from "../../model/step-span.ts";
import type { StepKey } from "./superseded-steps.ts";

export type CountedStep = Omit<StepKey, "_rowid"> &
  Readonly<Record<"started_at" | "ended_at", number>> & {
    readonly status: "ok" | "error" | "aborted";
  };

/** The columns of {@link CountedStep}. */
export const countedColumns = [
  ...(["step_id", "agent_id", "iteration", "epoch"] as const),
  ...(["status", "started_at", "ended_at"] as const),
] as const;

type Cell = { -readonly [K in keyof StepCount]: StepCount[K] };

export class StepCounts {
  readonly #time: CountedTime;
  /** By agent, and by the start of the bucket. */
  readonly #cells = new Map<string, Map<number, Cell>>();
  #size = 0;
  /** The last counted step of each agent. */
  readonly #last = new Map<string, Pick<CountedStep, "iteration" | "epoch">>();

  constructor(time: CountedTime) {
    this.#time = time;
  }

  /** Buckets of agents so far. */
  get size(): number {
    return this.#size;
  }

  /** @param steps newest first, each older than those of the call before */
  add(steps: readonly CountedStep[]): void {
    for (const step of steps) if (this.#counts(step)) this.#add(step);
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
    this.#size += 1;
    return cell;
  }
}
