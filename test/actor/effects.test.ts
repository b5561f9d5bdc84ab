import { describe, expect, test } from "vitest";
import type { RecalledEffects } from "../../src/boundary/protocol.ts";
import { type ActorHarness, startActor } from "../support/actor-harness.ts";

const buys = `export default { type: "test", async step(ctx) {
  if (ctx.iteration === 1) return { result: "first" };
  ctx.log.info("asks");
  await ctx.once("buy", () => { ctx.log.info("called"); return 1; });
  return { result: "second", done: true };
} };`;

test("ctx.once calls nothing before the steps before it are stored: a crash would bring its turn back", async () => {
  await using actor = await startActor({ module: buys, isStoring: false });
  await actor.logged("asks");
  // The thread takes a command: it had time to call.
  await actor.send("wake");
  expect(actor.ofKind("log").map(({ message }) => message)).not.toContain("called");
  actor.store(1);
  await actor.logged("called");
  const [effect] = actor.ofKind("effect");
  expect(effect ?? (await actor.next("effect"))).toMatchObject({
    key: "buy",
    turn: 2,
    state: "done",
  });
});

describe("a step whose signal fires while the store takes nothing", () => {
  const states = (actor: ActorHarness) => actor.ofKind("effect").map(({ state }) => state);

  test("ends although the steps before it are not stored", async () => {
    await using actor = await startActor({ module: buys, isStoring: false });
    await actor.logged("asks");
    await actor.interrupt({}, "now");
    const step = await actor.next("step", ({ iteration }) => iteration === 2);
    expect(step).toMatchObject({ status: "aborted", error: null });
    expect(states(actor)).toEqual([]);
    // The key is free again, and the call was not made.
    actor.store(2);
    await actor.logged("called");
  });

  test("ends although the start of its call is not stored, which is known not to have been made", async () => {
    const module = `export default { type: "test", async step(ctx) {
      await ctx.once("buy", () => ctx.log.info("called"), { unknown: "ask" });
    } };`;
    await using actor = await startActor({ module });
    await actor.next("effect");
    await actor.interrupt({}, "now");
    expect(await actor.next("step")).toMatchObject({ status: "aborted", error: null });
    expect(states(actor).slice(0, 2)).toEqual(["started", "failed"]);
    expect(actor.ofKind("log")).toEqual([]);
  });

  test("ends although nobody says what earlier threads have done", async () => {
    await using actor = await startActor({
      module: buys,
      spec: { iteration: 1, mayHaveEffects: true },
    });
    await actor.next("recall");
    await actor.interrupt({}, "now");
    expect(await actor.next("step")).toMatchObject({ status: "aborted", error: null });
  });

  test("ends at its deadline", async () => {
    const spec = { iteration: 1, mayHaveEffects: true, stepTimeoutMs: 50 };
    await using actor = await startActor({ module: buys, spec });
    expect(await actor.next("step")).toMatchObject({ error: { code: "STEP_TIMEOUT" } });
  });
});

test("a call that its step has left behind has the keys of its own turn, and the next turn has not", async () => {
  const module = `export default { type: "test", async step(ctx) {
    if (ctx.iteration === 1) {
      ctx.once("buy", () => "again").then((value) => ctx.log.info("left behind: " + value));
      return { result: "first" };
    }
    await gate(ctx);
    return { result: await ctx.once("buy", () => "second"), done: true };
  } };`;
  await using actor = await startActor({ module, spec: { mayHaveEffects: true } });
  actor.control.setEffectsStored(100);
  await actor.logged("at the gate");
  const bought = { effectId: "e1", key: "buy", state: "done", valueJson: '"old"', error: null };
  const answer = { key: null, effects: [bought] } as RecalledEffects;
  await actor.send("recalled", answer);
  await actor.logged("left behind: old");
  actor.openGate();
  const step = await actor.next("step", ({ iteration }) => iteration === 2);
  expect(step).toMatchObject({ result: "second" });
});
