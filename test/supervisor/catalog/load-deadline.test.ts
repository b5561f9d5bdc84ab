import { expect, test } from "vitest";
import { loadsTooLong } from "../../../src/supervisor/catalog/load-deadline.ts";

/** A thread that has waited and computed so long already, in milliseconds. */
const thread = (idle: number, cpuMs: number) => ({
  performance: {
    eventLoopUtilization: () => ({ idle, active: cpuMs, utilization: 1 }),
    timerify: <T>(fn: T) => fn,
  },
  cpuUsage: async () => ({ user: cpuMs * 900, system: cpuMs * 100 }),
});

test.each([
  [10_000, 200, "it must load within 10 s, and still waits for something"],
  [200, 10_000, "it must load within 10 s of processor time"],
])("a thread that has waited %d ms and computed %d ms: %s", async (idle, cpuMs, reason) => {
  const never = new AbortController().signal;
  expect(await loadsTooLong(thread(idle, cpuMs), never)).toBe(reason);
});

test("a thread that hardly gets the processor has not taken too long, until it has loaded", async () => {
  const loaded = new AbortController();
  let checks = 0;
  const starved = {
    ...thread(9_999, 0),
    cpuUsage: async () => {
      checks += 1;
      if (checks === 2) loaded.abort();
      if (checks === 1) throw new Error("it is not running yet");
      return { user: 9_000_000, system: 999_000 };
    },
  };
  expect(await loadsTooLong(starved, loaded.signal)).toBeUndefined();
  expect(checks).toBe(2);
});
