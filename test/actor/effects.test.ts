import { expect, test } from "vitest";
import { startActor } from "../support/actor-harness.ts";

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
