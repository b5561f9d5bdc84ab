/** The deadline of a step in its thread. */

import { describe, expect, onTestFinished, test } from "vitest";
import { StepDeadline } from "../../src/actor/step-deadline.ts";
import { ActorControl, MainControl } from "../../src/boundary/control-block.ts";
import { ThreadHold } from "../../src/supervisor/thread/thread-hold.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";
import { until } from "../support/until.ts";

describe("a step that takes too long", () => {
  const spec = { stepTimeoutMs: 20 };

  test("has its signal, and what it throws then is a STEP_TIMEOUT that ends the thread", async () => {
    const module = `export default { type: "test", async step({ signal }) {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    } };`;
    await using actor = await startActor({ module, spec });
    const error = { code: "STEP_TIMEOUT", message: "the step must end within 20 ms" };
    expect(await actor.next("step")).toMatchObject({ status: "error", result: null, error });
    expect(await actor.next("failed")).toMatchObject({ phase: "step", error });
  });

  test("keeps the agent's own error, and guidance that only the step has seen", async () => {
    const module = `export default { type: "test", async step({ sleep }) {
      await sleep(1e9); throw new Error("the page did not load");
    } };`;
    const guided = { ...spec, guidance: [guidanceOf({ n: 1 }, "a")] };
    await using actor = await startActor({ module, spec: guided });
    const step = await actor.next("step");
    expect(step).toMatchObject({ status: "error", guidanceUsed: [], guidanceFailed: ["a"] });
    expect(step.error?.message).toContain("the page did not load");
    expect(step.error?.code).toBe("STEP_TIMEOUT");
  });

  test("has longer if it says so, and no longer than that", async () => {
    const module = `export default { type: "test", async step({ iteration, progress, sleep, signal }) {
      progress("slow", 0.5, { extendMs: iteration === 1 ? 60_000 : 40 });
      await sleep(iteration === 1 ? 100 : 1e9);
      if (iteration === 2) throw signal.reason;
      return { result: signal.aborted };
    } };`;
    await using actor = await startActor({ module, spec });
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: "false" });
    const step = await actor.next("step");
    expect(step.error?.message).toMatch(/^the step must end within (4|5)\d ms$/);
    expect(actor.reports.filter(({ kind }) => kind === "progress")).toMatchObject([
      { iteration: 1, text: "slow", fraction: 0.5 },
      { iteration: 2 },
    ]);
  });

  test("is extended by nothing else", async () => {
    const module = `export default { type: "test", async step({ progress, sleep, signal }) {
      progress("slow"); await sleep(1e9); throw signal.reason;
    } };`;
    await using actor = await startActor({ module, spec });
    const step = await actor.next("step");
    expect(step.error).toEqual({ code: "STEP_TIMEOUT", message: "the step must end within 20 ms" });
  });

  test("and still returns has succeeded", async () => {
    const module = `export default { type: "test", async step({ sleep, signal }) {
      await sleep(1e9); return { result: signal.aborted, done: true };
    } };`;
    await using actor = await startActor({ module, spec });
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: "true" });
  });
});

test("the time in which a look inside stops the thread is not the step's", async () => {
  const main = new MainControl();
  const hold = new ThreadHold(main);
  const timedOut = Promise.withResolvers<void>();
  const deadline = new StepDeadline({
    timeoutMs: 40,
    control: new ActorControl(main.buffer),
    onTimeOut: timedOut.resolve,
  });
  const startedAt = performance.now();
  deadline.begin();
  const running = hold.begin();
  // Nothing runs in a thread that is held.
  while (hold.ms < 100);
  // The thread continues, and main does not know it yet: its deadline has passed by the clock.
  const over = new Promise((resolve) => setTimeout(resolve));
  await over;
  running[Symbol.dispose]();
  const heldMs = hold.ms;
  await timedOut.promise;
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(heldMs + 40 - 1);
});

test("a hold that runs when a step starts gives the step no time from before its start", async () => {
  const main = new MainControl();
  const hold = new ThreadHold(main);
  const control = new ActorControl(main.buffer);
  const deadline = new StepDeadline({ timeoutMs: 40, control, onTimeOut: () => undefined });
  onTestFinished(() => deadline.end());
  const running = hold.begin();
  await until(() => hold.ms > 200);
  deadline.begin();
  running[Symbol.dispose]();
  deadline.extend(1_000);
  // What it has taken so far, and a second: clocks are rounded to a millisecond.
  expect(deadline.allowedMs).toBeGreaterThanOrEqual(998);
});

test("a hold that ends while the deadline is checked is not the step's", async () => {
  const main = new MainControl();
  const hold = new ThreadHold(main);
  let running: Disposable | undefined;
  class EndsHold extends ActorControl {
    override get heldMs(): number {
      const before = super.heldMs;
      // Main ends it between this read and whatever is read next.
      running?.[Symbol.dispose]();
      running = undefined;
      return before;
    }
  }
  const timedOut = Promise.withResolvers<void>();
  const control = new EndsHold(main.buffer);
  const deadline = new StepDeadline({ timeoutMs: 40, control, onTimeOut: timedOut.resolve });
  deadline.begin();
  const startedAt = performance.now();
  running = hold.begin();
  // Nothing runs in a thread that is held.
  while (hold.ms < 100);
  await timedOut.promise;
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(hold.ms + 40 - 2);
});
