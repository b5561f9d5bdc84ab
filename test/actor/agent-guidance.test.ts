/** The guidance schema of an agent's type: what it makes of guidance, and what a refusal does. */

import { expect, test } from "vitest";
import { parseGuidance } from "../../src/actor/agent-guidance.ts";
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

test("the guidance of a step is parsed, and refused guidance is named with its reason", async () => {
  const guidance = ({ n }: Readonly<Record<string, unknown>>) => {
    if (typeof n !== "number") throw new Error("n must be a number");
    return { twice: n * 2 };
  };
  const [good, bad] = [guidanceOf({ n: 1 }, "a"), guidanceOf({ n: "1" }, "b")];
  const read = await parseGuidance(
    { type: "t", guidance: guidance as never },
    [bad, good],
    () => undefined,
  );
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

test("a step that refuses guidance leaves what is due as it was, and no step runs without guidance", async () => {
  await using actor = await startActor({ module: counter });
  const first = await actor.next("step");
  await actor.interrupt({ n: "2" }, "next", "a");
  const refusing = await actor.next("step");
  expect(refusing).toMatchObject({ status: "error", error: refusal, guidanceUsed: ["a"] });
  expect(refusing.next).toBe("guidance");
  await actor.interrupt({ n: 3 }, "next", "b");
  expect(await actor.next("step")).toMatchObject({
    iteration: first.iteration + 2,
    status: "ok",
    result: '[[6],[{"twice":6}]]',
    guidanceUsed: ["b"],
  });
});

test("a schema that changes what it gets changes nothing that is sent", async () => {
  const sent = guidanceOf({ n: 1 }, "a");
  const guidance = (given: { n: number }) => {
    given.n *= 2;
    return given;
  };
  const type = { type: "t", guidance: guidance as never };
  for (const _try of [1, 2]) {
    expect((await parseGuidance(type, [sent], () => undefined)).accepted).toMatchObject([
      { content: { n: 2 } },
    ]);
  }
  expect(sent.guidance).toEqual({ n: 1 });
});

test("refused guidance fails a step and is used; the rest follows at once", async () => {
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

test("a value that is not a schema fails the start", async () => {
  const module = `export default { type: "test", guidance: { type: "object" }, step: () => ({ result: "" }) };`;
  await using actor = await startActor({ module });
  expect(await actor.next("failed")).toMatchObject({
    phase: "load",
    error: {
      code: "AGENT_MODULE_BROKEN",
      message: expect.stringContaining(
        'as guidance of "test", got an object without ~standard.validate',
      ),
    },
  });
});
