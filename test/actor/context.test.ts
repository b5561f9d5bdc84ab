/** What ctx offers, tried from inside an agent in a real thread. */

import { expect, test } from "vitest";
import { startActor } from "../support/actor-harness.ts";

const FOREVER_MS = 3_600_000;

const sleeper = `export default { type: "test", async step({ sleep, log }) {
  log.info("sleeps");
  await sleep(${FOREVER_MS});
  return { result: "awake" };
} };`;

test.each(["stop", "pause"] as const)("sleep ends early on %s", async (desired) => {
  await using actor = await startActor({ module: sleeper });
  await actor.logged("sleeps");
  await actor.setDesired(desired);
  expect(await actor.next("step")).toMatchObject({ status: "ok", result: "awake" });
});

test.each(["next", "now"] as const)("sleep ends early on an interrupt %s", async (mode) => {
  await using actor = await startActor({ module: sleeper });
  await actor.logged("sleeps");
  await actor.interrupt({}, mode);
  expect(await actor.next("step")).toMatchObject({ status: "ok", result: "awake" });
});

test("sleep that starts while guidance waits is cut short, and lets the event loop turn", async () => {
  const module = `export default { type: "test", async step(ctx) {
    if (ctx.guidance.length > 0) return { result: "", done: true };
    await gate(ctx);
    let isFree = false;
    setTimeout(() => { isFree = true; }, 20);
    let sleeps = 0;
    const begun = performance.now();
    while (!isFree) { await ctx.sleep(${FOREVER_MS}); sleeps += 1; }
    return { result: (performance.now() - begun) / sleeps };
  } };`;
  await using actor = await startActor({ module });
  await actor.logged("at the gate");
  await actor.interrupt({});
  actor.openGate();
  const { result } = await actor.next("step");
  // Milliseconds a sleep; a slow machine makes them longer. Timers are up to one early.
  expect(Number(result)).toBeGreaterThanOrEqual(4);
});

test.each(["NaN", '"1"', "undefined"])("sleep(%s) is a mistake that is told", async (ms) => {
  const module = `export default { type: "test", async step(ctx) { await ctx.sleep(${ms}); } };`;
  await using actor = await startActor({ module });
  expect((await actor.next("failed")).error.message).toMatch(/ctx.sleep takes a number/);
});

test("the signal is a new one in each step", async () => {
  const module = `let last; export default { type: "test", step(ctx) {
    const isNew = ctx.signal !== last;
    last = ctx.signal;
    return { result: isNew + " " + ctx.signal.aborted };
  } };`;
  await using actor = await startActor({ module });
  for (let i = 0; i < 3; i += 1) expect((await actor.next("step")).result).toBe("true false");
});

test("ctx shows the agent, its settings and its last results", async () => {
  const module = `export default { type: "test", step(ctx) {
    const { agentId, iteration, config, subject, history, context, guidance } = ctx;
    return { result: { agentId, iteration, config, subject, context, guidance, told: history.map((h) => h.result) } };
  } };`;
  const history = [{ iteration: 7, subject: "cats", result: "old", at: 1 }];
  const spec = { iteration: 7, history, config: { a: 1 }, subject: "cats", contextJson: "[0]" };
  await using actor = await startActor({ module, spec });
  const first = String((await actor.next("step")).result);
  expect(JSON.parse(first)).toEqual({
    agentId: "agent1",
    iteration: 8,
    config: { a: 1 },
    subject: "cats",
    context: [0],
    guidance: [],
    told: ["old"],
  });
  const second = JSON.parse(String((await actor.next("step")).result));
  expect(second.told).toEqual(["old", first]);
});

test("log lines are reported with level and fields", async () => {
  const module = `export default { type: "test", step(ctx) { ctx.log.warn("look", { a: 1 }); return { result: "", done: true }; } };`;
  await using actor = await startActor({ module });
  expect(await actor.next("log")).toEqual({
    kind: "log",
    level: "warn",
    message: "look",
    fields: { a: 1 },
  });
});

test("ctx refuses unknown properties", async () => {
  const module = `export default { type: "test", step(ctx) { ctx.subjekt = "typo"; return { result: "" }; } };`;
  await using actor = await startActor({ module });
  expect((await actor.next("failed")).error.message).toMatch(/subjekt/);
});
