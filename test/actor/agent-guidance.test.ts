/** The guidance schema of an agent's type: what it refuses at arrival, and what in a step. */

import { expect, test } from "vitest";
import { readGuidance } from "../../src/actor/agent-guidance.ts";
import { guidanceOf, startActor } from "../support/actor-harness.ts";

const counter = `const seen = [];
  export default { type: "test",
    guidance: ({ n }) => { if (typeof n !== "number") throw new Error("n must be a number"); return { twice: n * 2 }; },
    onInterrupt(ctx, guidance) { seen.push(guidance.twice); },
    step: (ctx) => ({ result: [seen, ctx.guidance], next: "guidance" }),
  };`;
const refusal = {
  code: "GUIDANCE_INVALID",
  message: expect.stringMatching(/^guidance for agent type test: n must be a number/),
};

test("the guidance of a step is parsed, and what is refused is told apart with its reason", async () => {
  const guidance = ({ n }: Readonly<Record<string, unknown>>) => {
    if (typeof n !== "number") throw new Error("n must be a number");
    return { twice: n * 2 };
  };
  const [good, bad] = [guidanceOf({ n: 1 }, "a"), guidanceOf({ n: "1" }, "b")];
  const read = await readGuidance({ type: "t", guidance: guidance as never }, [bad, good]);
  expect(read).toMatchObject({
    accepted: [{ guidance: good, content: { twice: 2 } }],
    refused: [bad],
    error: { message: "guidance for agent type t: n must be a number (action b)" },
  });
});

test("guidance reaches the agent as its schema makes it", async () => {
  await using actor = await startActor({ module: counter });
  await actor.next("step");
  await actor.interrupt({ n: 2 }, "next", "a");
  expect(await actor.next("step")).toMatchObject({
    status: "ok",
    result: '[[4],[{"twice":4}]]',
    guidanceUsed: ["a"],
  });
});

test("guidance that is refused at arrival is answered, starts no step and aborts none", async () => {
  const module = counter.replace(
    "step: (ctx) =>",
    "async step(ctx) { await gate(ctx); return this.end(ctx); }, end: (ctx) =>",
  );
  await using actor = await startActor({ module });
  await actor.logged("at the gate");
  const answer = await actor.link.interrupt(guidanceOf({ n: "2" }, "a"), "now");
  expect(answer).toMatchObject(refusal);
  expect(await actor.link.interrupt(guidanceOf({ n: 3 }, "b"), "next")).toBeUndefined();
  actor.openGate();
  expect(await actor.next("step")).toMatchObject({ status: "ok", guidanceUsed: [] });
  await actor.logged("at the gate");
  actor.openGate();
  expect(await actor.next("step")).toMatchObject({ status: "ok", guidanceUsed: ["b"] });
});

test("guidance that waited for a thread and is refused fails a step and is used; the rest follows", async () => {
  const guidance = [guidanceOf({ n: 1 }, "a"), guidanceOf({ n: "2" }, "b"), guidanceOf({}, "c")];
  await using actor = await startActor({ module: counter, spec: { guidance } });
  const failed = await actor.next("step");
  expect(failed).toMatchObject({ status: "error", error: refusal, guidanceUsed: ["b", "c"] });
  expect(failed.error?.message).toMatch(/\(action b\); n must be a number \(action c\)$/);
  expect(await actor.next("step")).toMatchObject({
    status: "ok",
    result: '[[2],[{"twice":2}]]',
    guidanceUsed: ["a"],
  });
  expect(actor.ofKind("failed")).toEqual([]);
});

test("guidance that the thread sees too late to answer its sender is refused in a step", async () => {
  await using actor = await startActor({ module: counter });
  await actor.next("step");
  const late = { ...guidanceOf({ n: "2" }, "a"), at: Date.now() - 60_000 };
  expect(await actor.link.interrupt(late, "next")).toBeUndefined();
  expect(await actor.next("step")).toMatchObject({
    status: "error",
    error: refusal,
    guidanceUsed: ["a"],
  });
});

test("a schema that is none fails the start", async () => {
  const module = `export default { type: "test", guidance: { type: "object" }, step: () => ({ result: "" }) };`;
  await using actor = await startActor({ module });
  expect(await actor.next("failed")).toMatchObject({
    phase: "load",
    error: {
      code: "AGENT_MODULE_BROKEN",
      message: expect.stringContaining("guidance of agent type test must be a Standard Schema"),
    },
  });
});
