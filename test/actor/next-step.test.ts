/** The loop of an agent whose steps say when the next is due, in a real thread. */

import { describe, expect, test } from "vitest";
import { guidanceOf, startActor } from "../support/actor-harness.ts";
import { until } from "../support/until.ts";

/** Far more than a test may last: a sleep that no test sees the end of. */
const FOREVER_MS = 3_600_000;

describe("a step that says when the next is due", () => {
  const guided = (next: string) => `export default { type: "test", step: (ctx) =>
    ({ result: ctx.guidance, next: ctx.iteration === 1 ? ${next} : undefined }) };`;

  test.each([
    [`"guidance"`],
    [`{ afterMs: ${FOREVER_MS} }`],
    [`{ at: Date.now() + ${FOREVER_MS} }`],
  ])(
    "%s: rests until guidance arrives, and its interval counts again after that step",
    async (next) => {
      await using actor = await startActor({ module: guided(next) });
      await actor.next("step");
      await until(() => actor.control.phase === "sleeping");
      await actor.send("wake");
      await actor.setDesired("pause");
      await actor.next("settled");
      await actor.setDesired("run");
      await until(() => actor.control.phase === "sleeping");
      expect(actor.control.iteration).toBe(1);
      const id = await actor.interrupt({ n: 1 });
      expect(await actor.next("step")).toMatchObject({ iteration: 2, guidanceUsed: [id] });
      expect(await actor.next("step")).toMatchObject({ iteration: 3, next: null });
    },
  );

  test.each([["{ at: 1 }"], ["{ afterMs: 20 }"]])(
    "%s counts and not the interval",
    async (next) => {
      const spec = { intervalMs: FOREVER_MS };
      await using actor = await startActor({ module: guided(next), spec });
      expect((await actor.next("step")).next).toEqual(expect.any(Number));
      expect(await actor.next("step")).toMatchObject({ iteration: 2, next: null });
      await until(() => actor.control.phase === "sleeping");
    },
  );

  test("is followed in the next thread, too", async () => {
    const spec = { next: "guidance", iteration: 4 } as const;
    await using actor = await startActor({ module: guided(`"guidance"`), spec });
    await actor.next("ready");
    await until(() => actor.control.phase === "sleeping");
    expect(actor.ofKind("step")).toEqual([]);
    const id = await actor.interrupt({ n: 1 });
    expect(await actor.next("step")).toMatchObject({ iteration: 5, guidanceUsed: [id] });
  });

  test("gets its unused guidance in the next thread without a wait", async () => {
    const spec = { next: Date.now() + FOREVER_MS, guidance: [guidanceOf({ n: 1 }, "a")] };
    await using actor = await startActor({ module: guided(`"guidance"`), spec });
    expect(await actor.next("step")).toMatchObject({ guidanceUsed: ["a"], next: "guidance" });
  });

  test("and fails, because that is no time, backs off and says nothing", async () => {
    await using actor = await startActor({ module: guided(`{ at: "noon" }`) });
    expect(await actor.next("step")).toMatchObject({
      status: "error",
      error: { code: "AGENT_REPORT_INVALID", message: expect.stringContaining("next.at must be") },
      next: null,
    });
    expect(await actor.next("step")).toMatchObject({ iteration: 2, status: "ok" });
  });
});
