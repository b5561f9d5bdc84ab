/** One step in a real thread: how it can end, and what it leaves behind. */

import { describe, expect, test } from "vitest";
import { guidanceOf, noUsage, reply, startActor } from "../support/actor-harness.ts";

describe("context and subject", () => {
  test("are kept when the step succeeds, returned or changed in place", async () => {
    const module = `export default { type: "test", step(ctx) {
      if (ctx.iteration === 1) { ctx.context.n += 1; ctx.subject = "dogs"; return { result: 1 }; }
      return { result: 2, context: { ...ctx.context, done: true }, done: true };
    } };`;
    const spec = { contextJson: '{"n":1}', subject: "cats" };
    await using actor = await startActor({ module, spec });
    expect(await actor.next("step")).toMatchObject({
      subject: "cats",
      currentSubject: "dogs",
      contextJson: '{"n":2}',
    });
    expect(await actor.next("step")).toMatchObject({
      subject: "dogs",
      contextJson: '{"n":2,"done":true}',
    });
  });

  test("set in setup are reported once, with the first step", async () => {
    const module = `export default { type: "test", setup(ctx) { ctx.context = [1]; ctx.subject = "cats"; }, step: () => ({ result: "" }) };`;
    await using actor = await startActor({ module });
    expect(await actor.next("step")).toMatchObject({ contextJson: "[1]", subject: "cats" });
    expect(await actor.next("step")).toMatchObject({ contextJson: null, currentSubject: "cats" });
  });

  test("fall back to what guidance left when the step fails", async () => {
    const module = `export default { type: "test",
      onInterrupt(ctx, { subject }) { ctx.subject = subject; ctx.context = { told: true }; },
      step(ctx) { ctx.context.told = "half"; ctx.subject = "lost"; throw new Error("oops"); },
    };`;
    const spec = { subject: "cats", guidance: [guidanceOf({ subject: "dogs" }, "a")] };
    await using actor = await startActor({ module, spec });
    expect(await actor.next("step")).toMatchObject({
      status: "error",
      subject: "dogs",
      currentSubject: "dogs",
      contextJson: '{"told":true}',
      guidanceUsed: ["a"],
    });
  });
});

describe("an error of the agent's own code", () => {
  test("is reported with its stack, and the thread ends as failed", async () => {
    const module = `export default { type: "test",\n step() { throw new TypeError("oops"); },\n};`;
    await using actor = await startActor({ module });
    const error = {
      code: "AGENT_STEP_FAILED",
      message: "oops",
      stack: expect.stringMatching(/agent\.mjs:2:/),
    };
    expect(await actor.next("step")).toMatchObject({
      iteration: 1,
      status: "error",
      result: null,
      error,
    });
    expect(await actor.next("failed")).toMatchObject({ phase: "step", error });
    expect(await actor.exited).toBe(1);
  });

  test("leaves it to the supervisor whether guidance that only the step has seen is used", async () => {
    const module = `export default { type: "test", step() { throw new Error("oops"); } };`;
    const guidance = [guidanceOf({}, "a"), guidanceOf({}, "b")];
    await using actor = await startActor({ module, spec: { guidance } });
    const used = { guidanceUsed: [], guidanceFailed: ["a", "b"] };
    expect(await actor.next("step")).toMatchObject({ status: "error", ...used });
  });

  test.each(["undefined", "null", '"text"', "{ get message() { throw 1; } }"])(
    "may be anything: throw %s",
    async (thrown) => {
      const module = `export default { type: "test", async step() { throw ${thrown}; } };`;
      await using actor = await startActor({ module });
      expect(await actor.next("failed")).toMatchObject({
        phase: "step",
        error: { code: "AGENT_STEP_FAILED" },
      });
    },
  );
});

describe("a result that cannot be stored", () => {
  test.each([
    "undefined",
    "{ result: undefined }",
    "{ result: 1n }",
    "{ result: 1, context: { n: 1n } }",
  ])("fails the step and not the thread: %s", async (returned) => {
    const module = `export default { type: "test", step: (ctx) => { ctx.context.n = 2; return ctx.guidance.length === 1 ? { result: ctx.context, done: true } : ${returned}; } };`;
    await using actor = await startActor({ module, spec: { contextJson: '{"n":1}' } });
    expect(await actor.next("step")).toMatchObject({
      status: "error",
      error: { code: "AGENT_REPORT_INVALID" },
      contextJson: null,
    });
    await actor.interrupt({});
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: '{"n":2}' });
    await actor.next("ended");
  });

  test("uses the guidance of its step, because another try would be the same", async () => {
    const module = `export default { type: "test", step: () => ({ result: 1n }) };`;
    const guidance = [guidanceOf({}, "a")];
    await using actor = await startActor({ module, spec: { guidance } });
    const used = { guidanceUsed: ["a"], guidanceFailed: [] };
    expect(await actor.next("step")).toMatchObject({ status: "error", ...used });
  });

  test("a giant result is cut in the thread", async () => {
    const module = `export default { type: "test", step: () => ({ result: "x".repeat(10e6), done: true }) };`;
    await using actor = await startActor({ module });
    const { result } = await actor.next("step");
    expect(result).toMatch(/^x+ … \(cut, 10000000 bytes\)$/);
  });
});

describe("a failing model", () => {
  const asking = `export default { type: "test", step: async (ctx) => ({ result: await ctx.llm.Ask({ prompt: "?" }) }) };`;

  test("fails the step; the agent backs off and continues, immediately if guidance arrives", async () => {
    let calls = 0;
    await using actor = await startActor({
      module: asking,
      answer(report) {
        calls += 1;
        const usage = { model: "m", input_tokens: calls, output_tokens: 2 };
        const error = {
          code: "LLM_RATE_LIMITED",
          message: "429",
          details: { retry_after_ms: 3_600_000 },
        };
        reply(
          report,
          calls === 1 ? { kind: "failed", error, usage } : { kind: "done", value: "yes", usage },
        );
      },
    });
    expect(await actor.next("step")).toMatchObject({
      status: "error",
      error: { code: "LLM_RATE_LIMITED" },
      usage: { model: "m", input_tokens: 1, output_tokens: 2 },
    });
    await expect.poll(() => actor.control.phase).toBe("sleeping");
    await actor.interrupt({});
    expect(await actor.next("step")).toMatchObject({ status: "ok", result: "yes" });
  });

  test("leaves guidance unused that only the step could have read, and gives it again", async () => {
    let calls = 0;
    const module = `export default { type: "test", step: async (ctx) => ({ result: (await ctx.llm.Ask({ prompt: "?" })) + ctx.guidance.length }) };`;
    await using actor = await startActor({
      module,
      spec: { guidance: [guidanceOf({ n: 1 }, "a")] },
      answer(report) {
        calls += 1;
        const error = { code: "LLM_TIMEOUT", message: "slow" };
        reply(
          report,
          calls === 1
            ? { kind: "failed", error, usage: noUsage }
            : { kind: "done", value: "n=", usage: noUsage },
        );
      },
    });
    expect(await actor.next("step")).toMatchObject({ status: "error", guidanceUsed: [] });
    await actor.interrupt({ n: 2 }, "next", "b");
    expect(await actor.next("step")).toMatchObject({ result: "n=2", guidanceUsed: ["a", "b"] });
  });

  test("inside onInterrupt keeps the guidance for later", async () => {
    let calls = 0;
    const module = `export default { type: "test",
      async onInterrupt(ctx) { ctx.context = await ctx.llm.Ask({ prompt: "?" }); },
      step: (ctx) => ({ result: ctx.context, done: true }),
    };`;
    await using actor = await startActor({
      module,
      spec: { guidance: [guidanceOf({}, "a")] },
      answer(report) {
        calls += 1;
        const error = { code: "LLM_UNAVAILABLE", message: "down" };
        reply(
          report,
          calls === 1
            ? { kind: "failed", error, usage: noUsage }
            : { kind: "done", value: `call ${calls}`, usage: noUsage },
        );
      },
    });
    expect(await actor.next("step")).toMatchObject({
      status: "error",
      guidanceUsed: [],
      error: { code: "LLM_UNAVAILABLE", details: { action_id: "a" } },
    });
    expect(await actor.next("step")).toMatchObject({ result: "call 2", guidanceUsed: ["a"] });
  });
});

test("a model call that is aborted by an interrupt makes the step aborted", async () => {
  let calls = 0;
  await using actor = await startActor({
    module: `export default { type: "test", step: async (ctx) => ({ result: await ctx.llm.Ask({ prompt: "?" }) }) };`,
    answer(report) {
      calls += 1;
      if (calls > 1) reply(report, { kind: "done", value: "second", usage: noUsage });
    },
  });
  await actor.next("llm");
  await actor.interrupt({}, "now");
  expect(await actor.next("step")).toMatchObject({ status: "aborted", error: null });
  expect(await actor.next("step")).toMatchObject({ status: "ok", result: "second" });
});

test("a step that swallows the abort and returns is ok", async () => {
  const module = `export default { type: "test", async step(ctx) {
    if (ctx.iteration > 1) return { result: "next", done: true };
    await new Promise((go) => { ctx.signal.onabort = go; ctx.log.info("waits"); });
    return { result: "anyway" };
  } };`;
  await using actor = await startActor({ module });
  await actor.logged("waits");
  await actor.interrupt({}, "now");
  expect(await actor.next("step")).toMatchObject({ status: "ok", result: "anyway" });
});

describe("guidance that onInterrupt fails on", () => {
  const module = `export default { type: "test",
    onInterrupt(ctx, { n }) { ctx.context = { n }; if (n === 2) throw new Error("two"); },
    step: () => ({ result: "" }),
  };`;

  test("is named; guidance before it is kept, guidance after it stays", async () => {
    const guidance = [1, 2, 3].map((n) => guidanceOf({ n }, `action${n}`));
    await using actor = await startActor({ module, spec: { guidance } });
    const error = {
      code: "AGENT_STEP_FAILED",
      message: expect.stringContaining("action2: two"),
      details: { action_id: "action2" },
    };
    expect(await actor.next("step")).toMatchObject({
      iteration: 1,
      status: "error",
      guidanceUsed: ["action1"],
      guidanceFailed: ["action2"],
      contextJson: '{"n":1}',
      error,
    });
    expect(await actor.next("failed")).toMatchObject({ phase: "interrupt", error });
    expect(await actor.exited).toBe(1);
  });
});
