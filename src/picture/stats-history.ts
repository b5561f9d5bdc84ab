/** Figures of the fleet over the last minutes, computed from its totals: a rate is the difference of two. */

import type { FleetStats } from "../model/event.ts";

/** Seconds over which a rate is averaged: that of an agent with a step every three seconds is steady. */
const MEAN_SECONDS = 10;
/** Three minutes, at one sample a second. */
const SAMPLES_KEPT_MAX = 180;

export interface StatsSample {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly stepsPerSecond: number;
  readonly actionsPerSecond: number;
  readonly tokensPerSecond: number;
  /** Number of processors that the whole process keeps busy. */
  readonly cpuShare: number;
  readonly rssBytes: number;
  readonly eventLoopDelayMs: number;
}

interface Reading {
  readonly time: number;
  readonly stats: FleetStats;
}

export class StatsHistory {
  readonly samples: StatsSample[] = [];
  #last: Reading | undefined;
  /** Of the last seconds, oldest first: rates are computed from them. */
  #readings: readonly Reading[] = [];

  get latest(): FleetStats | undefined {
    return this.#last?.stats;
  }

  add(time: number, stats: FleetStats): void {
    const before = this.#last;
    if (before !== undefined && time <= before.time) return;
    this.#last = { time, stats };
    // A process that was started again counts from 0.
    const isSame =
      before !== undefined && stats.process.uptime_ms >= before.stats.process.uptime_ms;
    const since = time - MEAN_SECONDS * 1_000;
    const readings = isSame ? this.#readings.filter((reading) => reading.time >= since) : [];
    this.#readings = [...readings, { time, stats }];
    if (!isSame) return;
    const first = readings[0] ?? before;
    const seconds = (time - first.time) / 1_000;
    const rate = (of: (totals: FleetStats) => number) => (of(stats) - of(first.stats)) / seconds;
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
  return sum(steps_total);
}

function actionsOf({ actions }: FleetStats): number {
  return sum(actions.processed_total);
}

/** Input and output tokens since the process was started. */
export function tokensOf({ llm }: FleetStats): number {
  return llm.input_tokens_total + llm.output_tokens_total;
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
