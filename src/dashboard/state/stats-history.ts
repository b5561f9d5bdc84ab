/** Figures of the fleet over the last minutes, made of its totals: a rate is a difference of two. */

import type { FleetStats } from "../../model/event.ts";

/** Three minutes, at one sample a second. */
const SAMPLES_KEPT_MAX = 180;

export interface StatsSample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stepsPerSecond: number;
  readonly actionsPerSecond: number;
  readonly tokensPerSecond: number;
  /** Processors' worth of time of the whole process. */
  readonly cpuShare: number;
  readonly rssBytes: number;
  readonly eventLoopDelayMs: number;
}

export class StatsHistory {
  readonly samples: StatsSample[] = [];
  #last: { readonly time: number; readonly stats: FleetStats } | undefined;

  get latest(): FleetStats | undefined {
    return this.#last?.stats;
  }

  add(time: number, stats: FleetStats): void {
    const before = this.#last;
    if (before !== undefined && time <= before.time) return;
    this.#last = { time, stats };
    // A process that began anew counts from nothing.
    const isSame =
      before !== undefined && stats.process.uptime_ms >= before.stats.process.uptime_ms;
    if (!isSame) return;
    const seconds = (time - before.time) / 1_000;
    const rate = (of: (totals: FleetStats) => number) => (of(stats) - of(before.stats)) / seconds;
    this.samples.push({
      time,
      stepsPerSecond: rate(stepsOf),
      actionsPerSecond: rate(actionsOf),
      tokensPerSecond: rate(tokensOf),
      cpuShare: rate((totals) => totals.process.cpu_ms) / 1_000,
      rssBytes: stats.process.rss_bytes,
      eventLoopDelayMs: stats.process.event_loop_delay_ms,
    });
    if (this.samples.length > SAMPLES_KEPT_MAX) this.samples.shift();
  }
}

function stepsOf({ steps_total }: FleetStats): number {
  return steps_total.ok + steps_total.error + steps_total.aborted;
}

function actionsOf({ actions: { processed_total } }: FleetStats): number {
  return processed_total.done + processed_total.rejected + processed_total.dead;
}

export function tokensOf({ llm }: FleetStats): number {
  return llm.input_tokens_total + llm.output_tokens_total;
}
