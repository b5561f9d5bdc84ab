/** The loop of an agent, in a real thread: pause, resume, interrupt, stop, and its rhythm. */

import { describe, expect, test } from "vitest";
import { UNSTORED_STEPS_MAX } from "../../src/actor/loop.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";
import { until } from "../support/until.ts";

/** Far more than a test may last: a sleep that no test sees the end of. */
const FOREVER_MS = 3_600_000;

const counter = `export default { type: "test", step: (ctx) => ({ result: "step " + ctx.iteration }) };`;
const gated = `export default { type: "test", async step(ctx) { await gate(ctx); return { result: "done" }; } };`;

test("steps are numbered on from the stored ones and report in order", async () => {
  await using actor = await startActor({ module: counter, spec: { iteration: 41 } });
  await actor.next("ready");
  expect((await actor.next("step")).iteration).toBe(42);
  expect(await actor.next("step")).toMatchObject({
    iteration: 43,
    status: "ok",
    result: "step 43",
    error: null,
    usage: null,
    contextJson: null,
    guidanceUsed: [],
  });
  expect(actor.control.iteration).toBeGreaterThanOrEqual(43);
});

describe("pause", () => {
  test("settles only after the running step has ended", async () => {
    await using actor = await startActor({ module: gated });
    await actor.logged("at the gate");
    const version = await actor.setDesired("pause");
    expect(actor.ofKind("settled")).toEqual([]);
    expect(actor.control.phase).toBe("step");
    actor.openGate();
    expect(await actor.next("settled")).toEqual({ kind: "settled", desiredVersion: version });
    expect(actor.reports.slice(-2).map(({ kind }) => kind)).toEqual(["step", "settled"]);
    expect(actor.control.phase).toBe("paused");
  });

  test("wakes a sleeper and holds it, though its step is due", async () => {
    await using actor = await startActor({ module: counter, spec: { intervalMs: 20 } });
    await actor.next("step");
    await actor.setDesired("pause");
    await actor.next("settled");
    const { iteration } = actor.control;
    await new Promise((resolve) => setTimeout(resolve, 60));
    await actor.link.wake();
    expect(actor.control.iteration).toBe(iteration);
    await actor.setDesired("run");
    expect((await actor.next("step")).iteration).toBe(iteration + 1);
  });

  test("is answered by its own version: pause, resume, pause in one breath", async () => {
    await using actor = await startActor({ module: gated });
    await actor.logged("at the gate");
    const first = actor.control.setDesired("pause");
    actor.control.setDesired("run");
    const second = await actor.setDesired("pause");
    actor.openGate();
    expect((await actor.next("settled")).desiredVersion).toBe(second);
    expect(second).not.toBe(first);
    expect(actor.ofKind("settled")).toHaveLength(1);
  });

  test("again while it rests is answered again", async () => {
    await using actor = await startActor({ module: counter });
    const first = await actor.setDesired("pause");
    expect((await actor.next("settled")).desiredVersion).toBe(first);
    const second = await actor.setDesired("pause");
    expect((await actor.next("settled")).desiredVersion).toBe(second);
    await actor.link.wake();
    expect(actor.ofKind("settled")).toHaveLength(2);
  });

  test("before the first step is kept: no step starts", async () => {
    const module = `export default { type: "test", async setup(ctx) { await gate(ctx); }, step: () => ({ result: "" }) };`;
    await using actor = await startActor({ module });
    await actor.logged("at the gate");
    await actor.setDesired("pause");
    actor.openGate();
    await actor.next("ready");
    await actor.next("settled");
    expect(actor.ofKind("step")).toEqual([]);
  });

  test("costs no heartbeat while it rests", async () => {
    await using actor = await startActor({ module: counter });
    await actor.setDesired("pause");
    await actor.next("settled");
    const { heartbeat } = actor.control;
    await actor.link.wake();
    expect(actor.control.heartbeat).toBe(heartbeat);
  });
});

test("a resume sleeps until the next step is due", async () => {
  await using actor = await startActor({ module: counter, spec: { intervalMs: FOREVER_MS } });
  await actor.next("step");
  await actor.setDesired("pause");
  await actor.next("settled");
  await actor.setDesired("run");
  await actor.link.wake();
  await expect.poll(() => actor.control.phase).toBe("sleeping");
  expect(actor.control.iteration).toBe(1);
});

describe("interrupt", () => {
  const listener = `export default { type: "test", step: (ctx) => ({ result: ctx.guidance }) };`;

  test("wakes a sleeper, and the next step starts immediately with the guidance", async () => {
    await using actor = await startActor({ module: listener, spec: { intervalMs: FOREVER_MS } });
    await actor.next("step");
    const id = await actor.interrupt({ subject: "dogs" });
    expect(await actor.next("step")).toMatchObject({
      result: '[{"subject":"dogs"}]',
      guidanceUsed: [id],
    });
  });

  test("is used once, however often it is delivered", async () => {
    await using actor = await startActor({ module: listener, spec: { intervalMs: FOREVER_MS } });
    await actor.next("step");
    await actor.interrupt({ n: 1 }, "next", "action1");
    await actor.next("step");
    await actor.interrupt({ n: 1 }, "next", "action1");
    await actor.interrupt({ n: 2 }, "next", "action2");
    expect(await actor.next("step")).toMatchObject({ iteration: 3, guidanceUsed: ["action2"] });
  });

  test("reaches a paused agent and is used when it resumes", async () => {
    await using actor = await startActor({ module: listener, spec: { intervalMs: FOREVER_MS } });
    await actor.next("step");
    await actor.setDesired("pause");
    await actor.next("settled");
    const id = await actor.interrupt({ n: 1 }, "now");
    expect(actor.control.phase).toBe("paused");
    await actor.setDesired("run");
    expect((await actor.next("step")).guidanceUsed).toEqual([id]);
  });

  test("from before a crash is used by the first step", async () => {
    const guidance = [guidanceOf({ n: 1 }, "a"), guidanceOf({ n: 2 }, "b")];
    await using actor = await startActor({ module: listener, spec: { guidance } });
    expect(await actor.next("step")).toMatchObject({
      iteration: 1,
      result: '[{"n":1},{"n":2}]',
      guidanceUsed: ["a", "b"],
    });
  });

  test("next leaves the running step alone, now aborts it", async () => {
    const module = `export default { type: "test", async step(ctx) {
      if (ctx.guidance.length === 2) return { result: "told" };
      await gate(ctx);
      ctx.signal.throwIfAborted();
      await new Promise((_, reject) => {
        ctx.signal.onabort = () => reject(ctx.signal.reason);
        ctx.log.info("waits");
      });
    } };`;
    await using actor = await startActor({ module, spec: { intervalMs: FOREVER_MS } });
    await actor.logged("at the gate");
    await actor.interrupt({ n: 1 }, "next");
    actor.openGate();
    await actor.logged("waits");
    await actor.interrupt({ n: 2 }, "now");
    expect(await actor.next("step")).toMatchObject({
      status: "aborted",
      error: null,
      result: null,
    });
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: "told" });
  });

  test("beyond the mailbox's limit changes nothing", async () => {
    await using actor = await startActor({ module: counter });
    await actor.setDesired("pause");
    await actor.next("settled");
    const ids = Array.from({ length: GUIDANCE_ENTRIES_MAX + 1 }, (_, n) => `action${n}`);
    await Promise.all(ids.map((id) => actor.interrupt({}, "next", id)));
    await actor.setDesired("run");
    const { guidanceUsed } = await actor.next("step", (step) => step.guidanceUsed.length > 0);
    expect(guidanceUsed).toEqual(ids.slice(0, GUIDANCE_ENTRIES_MAX));
  });
});

describe("stop", () => {
  test.each([
    ["sleeping", counter, { intervalMs: FOREVER_MS }],
    ["stepping without a pause", counter, { intervalMs: 0 }],
  ])("ends an agent that is %s", async (_what, module, spec) => {
    await using actor = await startActor({ module, spec });
    await actor.next("step");
    await actor.setDesired("stop");
    expect(await actor.next("ended")).toEqual({ kind: "ended", reason: "stopped" });
    expect(await actor.exited).toBe(0);
    expect(actor.control.phase).toBe("ended");
  });

  test("ends a paused agent", async () => {
    await using actor = await startActor({ module: counter });
    await actor.setDesired("pause");
    await actor.next("settled");
    await actor.setDesired("stop");
    await actor.next("ended");
    expect(await actor.exited).toBe(0);
  });

  test("is visible inside a synchronous loop, without any message", async () => {
    const module = `export default { type: "test", step(ctx) {
      ctx.log.info("spins");
      while (!ctx.shouldStop());
      return { result: "saw it" };
    } };`;
    await using actor = await startActor({ module });
    await actor.logged("spins");
    actor.control.setDesired("stop");
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: "saw it" });
    await actor.next("ended");
  });

  test("with an abort ends the running step, whose guidance stays unused", async () => {
    const module = `export default { type: "test", async step(ctx) {
      ctx.log.info("waits");
      await new Promise((_, reject) => { ctx.signal.onabort = () => reject(ctx.signal.reason); });
    } };`;
    await using actor = await startActor({ module, spec: { guidance: [guidanceOf({ n: 1 })] } });
    await actor.logged("waits");
    actor.control.setDesired("stop");
    await actor.send("abort");
    expect(await actor.next("step")).toMatchObject({ status: "aborted", guidanceUsed: [] });
    expect(await actor.next("ended")).toMatchObject({ reason: "stopped" });
  });

  test("during setup ends the agent before its first step", async () => {
    const module = `export default { type: "test", async setup(ctx) { await gate(ctx); }, step: () => ({ result: "" }) };`;
    await using actor = await startActor({ module });
    await actor.logged("at the gate");
    await actor.setDesired("stop");
    actor.openGate();
    await actor.next("ended");
    expect(actor.ofKind("step")).toEqual([]);
  });
});

test("an agent that reports done ends as finished", async () => {
  const module = `export default { type: "test", step: () => ({ result: "last", done: true }), onStop(ctx) { ctx.log.info("bye"); } };`;
  await using actor = await startActor({ module });
  expect(await actor.next("step")).toMatchObject({ iteration: 1, result: "last" });
  await actor.logged("bye");
  expect(await actor.next("ended")).toEqual({ kind: "ended", reason: "finished" });
  expect(await actor.exited).toBe(0);
});

describe("while its steps are not stored", () => {
  test("it starts no step beyond the limit, and continues when one is", async () => {
    await using actor = await startActor({ module: counter, isStoring: false });
    const first = (await actor.next("step")).iteration;
    await until(() => actor.control.phase === "waiting");
    const { iteration } = actor.control;
    expect(iteration).toBeGreaterThanOrEqual(UNSTORED_STEPS_MAX);
    await actor.interrupt({ subject: "dogs" });
    await actor.send("wake");
    expect(actor.control.iteration).toBe(iteration);
    expect(actor.control.phase).toBe("waiting");
    actor.isStoring = true;
    actor.store(first);
    actor.store(iteration);
    await actor.next("step", (step) => step.iteration === iteration + UNSTORED_STEPS_MAX + 1);
  });

  test("it can be paused, resumed and stopped", async () => {
    await using actor = await startActor({ module: counter });
    actor.isStoring = false;
    await until(() => actor.control.phase === "waiting");
    await actor.setDesired("pause");
    await actor.next("settled");
    expect(actor.control.phase).toBe("paused");
    await actor.setDesired("run");
    await until(() => actor.control.phase === "waiting");
    await actor.setDesired("stop");
    expect(await actor.next("ended")).toMatchObject({ reason: "stopped" });
  });
});
