/** Each rung of the stop ladder, with a child that ends at the rung that the test names. */

import { pino } from "pino";
import { expect, test } from "vitest";
import type { ChildEnd } from "../../../src/supervisor/thread/child.ts";
import {
  logZombie,
  type Stoppable,
  stopChild,
} from "../../../src/supervisor/thread/stop-ladder.ts";
import { useFakeClock } from "../../support/fake-clock.ts";

type Push = "stop" | "abort" | "terminate";

/** Ends `afterMs` after the push that it yields to; without one it never ends. */
class FakeChild implements Stoppable {
  readonly #end = Promise.withResolvers<ChildEnd>();
  readonly ended = this.#end.promise;
  /** What was done to it, and when. */
  readonly pushes: (readonly [Push, number])[] = [];
  hasBegun = true;
  hasEnded = false;
  readonly #begun = performance.now();
  readonly #yieldsTo: Push | undefined;
  readonly #afterMs: number;

  constructor(yieldsTo?: Push, afterMs = 0) {
    this.#yieldsTo = yieldsTo;
    this.#afterMs = afterMs;
  }

  setDesired(desired: "run" | "pause" | "stop"): void {
    expect(desired).toBe("stop");
    this.#push("stop");
  }

  abort(): void {
    this.#push("abort");
  }

  terminate(): void {
    this.#push("terminate");
  }

  #push(push: Push): void {
    this.pushes.push([push, performance.now() - this.#begun]);
    if (push === this.#yieldsTo) setTimeout(() => this.#leave(), this.#afterMs);
  }

  #leave(): void {
    this.hasEnded = true;
    this.#end.resolve({ code: 0, reason: "stopped", error: undefined, hasThrown: false });
  }
}

const options = { graceMs: 5_000, abortAfterMs: 2_000 };

test("a child that obeys the flag is neither aborted nor terminated", async () => {
  using clock = useFakeClock();
  const child = new FakeChild("stop", 1_999);
  const stopped = stopChild(child, options);
  await clock.advance(1_999);
  expect(await stopped).toEqual({
    rung: "cooperative",
    took_ms: 1_999,
    rungs: [{ name: "flag", at_ms: 0 }],
  });
  expect(child.pushes).toEqual([["stop", 0]]);
});

test("a child that ignores the flag is aborted exactly at its time", async () => {
  using clock = useFakeClock();
  const child = new FakeChild("abort", 10);
  const stopped = stopChild(child, options);
  await clock.advance(1_999);
  expect(child.pushes).toEqual([["stop", 0]]);
  await clock.advance(1);
  expect(child.pushes).toEqual([
    ["stop", 0],
    ["abort", 2_000],
  ]);
  await clock.advance(10);
  expect(await stopped).toEqual({
    rung: "cooperative",
    took_ms: 2_010,
    rungs: [
      { name: "flag", at_ms: 0 },
      { name: "abort", at_ms: 2_000 },
    ],
  });
});

test("a child that ignores everything is terminated at the end of the grace and no later", async () => {
  using clock = useFakeClock();
  const child = new FakeChild("terminate", 30);
  const stopped = stopChild(child, options);
  await clock.advance(4_999);
  expect(child.pushes.at(-1)).toEqual(["abort", 2_000]);
  await clock.advance(1);
  expect(child.pushes.at(-1)).toEqual(["terminate", 5_000]);
  await clock.advance(30);
  expect(await stopped).toEqual({
    rung: "terminated",
    took_ms: 5_030,
    rungs: [
      { name: "flag", at_ms: 0 },
      { name: "abort", at_ms: 2_000 },
      { name: "terminate", at_ms: 5_000 },
    ],
  });
});

test("a child that ends in the last millisecond of the grace was not terminated", async () => {
  using clock = useFakeClock();
  const child = new FakeChild("stop", 4_999);
  const stopped = stopChild(child, options);
  await clock.advance(5_000);
  expect(await stopped).toMatchObject({ rung: "cooperative", took_ms: 4_999 });
});

test("a child that outlives its termination is a zombie after two seconds", async () => {
  using clock = useFakeClock();
  const child = new FakeChild();
  const stopped = stopChild(child, options);
  let isOver = false;
  void stopped.then(() => {
    isOver = true;
  });
  await clock.advance(6_999);
  expect(isOver).toBe(false);
  await clock.advance(1);
  expect(await stopped).toMatchObject({ rung: "zombie", took_ms: 7_000 });
  expect(child.pushes).toHaveLength(3);
});

test.each([
  [
    "the grace is shorter than the time until the abort",
    { graceMs: 300, abortAfterMs: 2_000 },
    300,
  ],
  ["there is no grace", { graceMs: 0, abortAfterMs: 2_000 }, 0],
  ["the abort is immediate", { graceMs: 300, abortAfterMs: 0 }, 0],
])("%s: the abort is sent all the same, and within the grace", async (_, given, abortMs) => {
  using clock = useFakeClock();
  const child = new FakeChild("terminate");
  const stopped = stopChild(child, given);
  await clock.advance(given.graceMs);
  expect(child.pushes).toEqual([
    ["stop", 0],
    ["abort", abortMs],
    ["terminate", given.graceMs],
  ]);
  await clock.advance(1);
  expect((await stopped).rung).toBe("terminated");
});

test("a child whose agent's code has not started is terminated without any wait", async () => {
  const child = new FakeChild();
  child.hasBegun = false;
  expect(await stopChild(child, options)).toMatchObject({
    rung: "none",
    rungs: [{ name: "flag" }],
  });
  expect(child.pushes.map(([push]) => push)).toEqual(["stop", "terminate"]);
});

test("a zombie is reported, and once more when it ends after all", async () => {
  using clock = useFakeClock();
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(line) });
  const child = new FakeChild("terminate", 10);
  logZombie(child, "agent1", log);
  await clock.advance(1_000);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, agent: "agent1" }]);
  child.terminate();
  await clock.advance(10);
  expect(lines.slice(1).map((line) => JSON.parse(line))).toMatchObject([
    { level: 30, agent: "agent1" },
  ]);
});
