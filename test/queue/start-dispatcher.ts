/** A dispatcher that does nothing but what a test adds. */

import { pino } from "pino";
import { onTestFinished } from "vitest";
import { EventBus } from "../../src/event-bus.ts";
import { Dispatcher, type DispatcherOptions } from "../../src/queue/dispatcher.ts";
import { constantRhythm } from "../../src/queue/poller.ts";

type Given = Pick<DispatcherOptions, "table" | "handle"> & Partial<DispatcherOptions>;

const HOUR_MS = 3_600_000;

/** Polls hourly, so that nothing is found by chance. It ends with the test. */
export function startDispatcher(given: Given): Dispatcher {
  const dispatcher = new Dispatcher({
    events: new EventBus(),
    log: pino({ level: "silent" }),
    rhythm: constantRhythm(HOUR_MS, HOUR_MS),
    attemptsMax: 1,
    repeat: async () => ({}),
    onAcked: () => undefined,
    hasEffect: async () => false,
    ...given,
  });
  void dispatcher.start();
  onTestFinished(() => dispatcher.close());
  return dispatcher;
}
