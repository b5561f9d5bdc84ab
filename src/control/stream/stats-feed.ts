/** The fleet's figures as an event once a second, while a client selects it. */

import type { EventBus } from "../../event-bus.ts";
import type { FleetCounts, FleetStats } from "../../model/event.ts";
import { LoopDelay } from "../metrics/loop-delay.ts";
import type { StreamHub } from "./hub.ts";

const INTERVAL_MS = 1_000;

export interface StatsFeedOptions {
  readonly events: EventBus;
  readonly stream: Pick<StreamHub, "isWanted">;
  readonly count: () => FleetCounts;
  /** In place of a second. */
  readonly intervalMs?: number;
}

export class StatsFeed implements Disposable {
  readonly #options: StatsFeedOptions;
  readonly #delay = new LoopDelay();
  readonly #timer: NodeJS.Timeout;

  constructor(options: StatsFeedOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#publish(), options.intervalMs ?? INTERVAL_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#delay[Symbol.dispose]();
  }

  #publish(): void {
    const { events, stream, count } = this.#options;
    if (!stream.isWanted("fleet.stats")) {
      this.#delay.stop();
      return;
    }
    const [late = 0] = this.#delay.take([99]);
    this.#delay.start();
    events.publish("fleet.stats", { ...count(), process: processFigures(late) });
  }
}

function processFigures(eventLoopDelayMs: number): FleetStats["process"] {
  const { user, system } = process.cpuUsage();
  return {
    rss_bytes: process.memoryUsage.rss(),
    cpu_ms: Math.round((user + system) / 1_000),
    uptime_ms: Math.round(process.uptime() * 1_000),
    event_loop_delay_ms: eventLoopDelayMs,
  };
}
