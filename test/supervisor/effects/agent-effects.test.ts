/** Effects of agents whose threads die: what was done is not done again, and what is unknown is told. */

import { describe, expect, test } from "vitest";
import { newActionId } from "../../../src/model/ids.ts";
import { noUsage, reply } from "../../support/actor-harness.ts";
import type { FleetOptions } from "../../support/fleet.ts";
import { until } from "../../support/until.ts";
import { buys, id, result, withLedger } from "./buyer-ledger.ts";

describe("an effect whose thread dies", () => {
  test.each(["retry", "skip", "ask"])("after it, is not done again (%s)", async (unknown) => {
    await using ledger = await withLedger(buys(`{ unknown: "${unknown}" }`));
    await ledger.start({ die: "after" });
    expect(await result(ledger)).toBe('{"receipt":7}');
    expect(ledger.lines()).toHaveLength(1);
  });

  test("in the middle is done again with the same key, by default", async () => {
    await using ledger = await withLedger(buys("{}"));
    await ledger.start({ die: "inside" });
    expect(await result(ledger)).toBe('{"receipt":7}');
    const [first, second] = ledger.lines();
    expect(ledger.lines()).toHaveLength(2);
    expect(second).toBe(first);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
  });

  test("in the middle is left out if it is to be skipped", async () => {
    await using ledger = await withLedger(buys('{ unknown: "skip" }'));
    await ledger.start({ die: "inside" });
    expect(await result(ledger)).toBe("skipped");
    expect(ledger.lines()).toHaveLength(1);
    const effects = await ledger.fleet.database.store.effects.pages.listOfStep(id, 1);
    expect(effects).toMatchObject([{ kind: "once", key: "buy", state: "unknown" }]);
  });

  test("pauses its agent if somebody is to be asked, which continues with the answer", async () => {
    await using ledger = await withLedger(buys('{ unknown: "ask" }'));
    const agent = await ledger.start({ die: "before" });
    await until(() => agent.record.row.status === "paused");
    const { last_error } = agent.record.row;
    expect(last_error).toMatchObject({ code: "EFFECT_UNKNOWN", details: { key: "buy" } });
    expect(agent.rest.isResting).toBe(true);
    const effectId = String(last_error?.details?.["effect_id"]);
    const resolution = { outcome: "done", valueJson: '{"receipt":8}' } as const;
    await ledger.fleet.supervisor.resolveEffect(
      { agentId: id, effectId, resolution },
      newActionId(),
    );
    expect(await result(ledger)).toBe('{"receipt":8}');
    expect(ledger.lines()).toHaveLength(0);
  });

  test("is done once more if the answer is to try again", async () => {
    await using ledger = await withLedger(buys('{ unknown: "ask" }'));
    const agent = await ledger.start({ die: "before" });
    await until(() => agent.record.row.status === "paused");
    const effectId = String(agent.record.row.last_error?.details?.["effect_id"]);
    const effect = { agentId: id, effectId, resolution: { outcome: "retry" } } as const;
    await ledger.fleet.supervisor.resolveEffect(effect, newActionId());
    expect(await result(ledger)).toBe('{"receipt":7}');
    expect(ledger.lines()).toHaveLength(1);
  });

  test("asks nobody if it was resolved after the thread was told of it", async () => {
    await using ledger = await withLedger(`
      await ctx.once("other", () => 1);
      if (existsSync(ctx.config.ledger + "before")) {
        note(ctx, "told");
        while (!existsSync(ctx.config.ledger + "go")) await ctx.sleep(5);
      }
      ${buys('{ unknown: "ask" }')}`);
    const agent = await ledger.start({ die: "before" });
    await until(() => ledger.lines().includes("told"));
    const { effects } = ledger.fleet.database.store;
    const bought = (await effects.pages.listOfStep(id, 1)).find(({ key }) => key === "buy");
    const resolution = { outcome: "done", valueJson: '{"receipt":8}' } as const;
    const effect = { agentId: id, effectId: bought?.effect_id ?? "", resolution };
    await ledger.fleet.supervisor.resolveEffect(effect, newActionId());
    ledger.write("go");
    expect(await result(ledger)).toBe('{"receipt":8}');
    expect(agent.record.row.last_error?.code).not.toBe("EFFECT_UNKNOWN");
  });

  test("pauses its agent even if it is used in the function of another one", async () => {
    await using ledger = await withLedger(`
      await ctx.once("outer", () => ctx.once("buy", () => dieOnce(ctx, "before"), { unknown: "ask" }));
      return { result: "bought", done: true };`);
    const agent = await ledger.start({ die: "before" });
    await until(() => agent.record.row.status === "paused");
    expect(agent.record.row.last_error).toMatchObject({
      code: "EFFECT_UNKNOWN",
      details: { key: "buy" },
    });
  }, 20_000);

  test("is known to the next process", async () => {
    await using ledger = await withLedger(`
      if (existsSync(ctx.config.ledger + "inside") && !existsSync(ctx.config.ledger + "go")) {
        await ctx.sleep(1e9);
        throw new Error("the process ends");
      }
      ${buys('{ unknown: "skip" }')}`);
    const agent = await ledger.start({ die: "inside" });
    await until(() => agent.record.row.restarts === 1);
    await ledger.fleet.supervisor.suspendAll();
    ledger.write("go");
    const { agents } = ledger.fleet.database.store;
    const next = ledger.fleet.nextSupervisor();
    await Promise.all(await next.rehydrate(await agents.loadAlive()));
    expect(await result(ledger)).toBe("skipped");
    await next.suspendAll();
    expect(ledger.lines()).toHaveLength(1);
  });
});

describe("a key", () => {
  test("is free again after a throw, with the same idempotency key", async () => {
    await using ledger = await withLedger(`
      const n = await ctx.once("roll", async ({ idempotencyKey }) => {
        note(ctx, idempotencyKey);
        if (!existsSync(ctx.config.ledger + "threw")) {
          writeFileSync(ctx.config.ledger + "threw", "");
          throw new Error("no");
        }
        return 1;
      }, { unknown: "ask" });
      return { result: String(n), done: true };`);
    await ledger.start();
    expect(await result(ledger)).toBe("1");
    expect(new Set(ledger.lines()).size).toBe(1);
    expect(ledger.lines()).toHaveLength(2);
  });

  test("is held after an outcome that the function does not know", async () => {
    await using ledger = await withLedger(`
      class UnknownOutcome extends Error { name = "UnknownOutcome"; }
      await ctx.once("send", async () => { note(ctx, "sent"); throw new UnknownOutcome(); }, { unknown: "ask" });
      return { result: "never" };`);
    const agent = await ledger.start();
    await until(() => agent.record.row.status === "paused");
    expect(agent.record.row.last_error?.code).toBe("EFFECT_UNKNOWN");
    expect(ledger.lines()).toHaveLength(1);
  });

  test("that holds for all turns is used in one", async () => {
    await using ledger = await withLedger(`
      const at = await ctx.once("welcome", () => { note(ctx, "hello"); return ctx.iteration; }, { scope: "agent" });
      dieOnce(ctx, "after");
      return { result: String(at), done: ctx.iteration === 3 };`);
    await ledger.start({ die: "after" });
    await ledger.fleet.event(
      ({ type, data }) => type === "agent.step" && (data as { iteration: number }).iteration === 3,
    );
    const { items } = await ledger.fleet.database.store.steps.list(id);
    expect(items.map((step) => step.result)).toEqual(["1", "1", null]);
    expect(ledger.lines()).toHaveLength(1);
  });
});

describe("model calls of a step whose thread dies", () => {
  /** Asks three times; dies after the second answer. */
  const asks = `
    const answers = [];
    for (const n of [1, 2, 3]) {
      answers.push(await ctx.llm.Ask({ question: "q" + n }, ctx.config.options ?? {}));
      if (n === 2) { await ctx.sleep(60); dieOnce(ctx, "inside"); }
    }
    return { result: answers.join(), done: true };`;

  /** @param guidance that arrives before the next thread, for an agent with `more` in its definition */
  async function ask(
    config: object,
    { more, guidance }: { readonly more?: string; readonly guidance?: object } = {},
  ): Promise<{ result: string | null; asked: number }> {
    let asked = 0;
    const answerLlm: FleetOptions["answerLlm"] = (report) => {
      asked += 1;
      const value = `a${asked}`;
      reply(report, { kind: "done", value, usage: { ...noUsage, input_tokens: 5 } });
    };
    await using ledger = await withLedger(asks, { answerLlm }, more);
    const agent = await ledger.start(config);
    if (guidance !== undefined) {
      await until(() => agent.record.row.status === "restarting");
      const sent = { action_id: "interrupt", guidance: { ...guidance }, at: Date.now() };
      await agent.interrupt(sent, "next");
    }
    return { result: await result(ledger), asked };
  }

  test("are not made again", async () => {
    expect(await ask({ die: "inside" })).toEqual({ result: "a1,a2,a3", asked: 3 });
  });

  test.each([
    ["refuses guidance", `guidance: () => { throw new Error("no"); },`],
    [
      "throws on guidance",
      `onInterrupt(ctx) {
        if (existsSync(ctx.config.ledger + "threw")) return;
        writeFileSync(ctx.config.ledger + "threw", "");
        throw new Error("no");
      },`,
    ],
  ])("are not made again if the next step %s before it asks anything", async (_, more) => {
    const asked = await ask({ die: "inside" }, { more, guidance: { word: "bad" } });
    expect(asked).toEqual({ result: "a1,a2,a3", asked: 3 });
  });

  test("are made again if they are to be fresh", async () => {
    const config = { die: "inside", options: { fresh: true } };
    expect(await ask(config)).toEqual({ result: "a3,a4,a5", asked: 5 });
  });
});

test("model calls of a step that threw are made again", async () => {
  let asked = 0;
  await using ledger = await withLedger(
    `
    const answer = await ctx.llm.Ask({ question: "q" });
    if (answer === "bad") throw new Error("a bad answer");
    return { result: answer, done: true };`,
    {
      answerLlm: (report) => {
        asked += 1;
        reply(report, { kind: "done", value: asked === 1 ? "bad" : "good", usage: noUsage });
      },
    },
  );
  await ledger.start();
  expect(await result(ledger)).toBe("good");
  const { effects } = ledger.fleet.database.store;
  const rows = [
    ...(await effects.pages.listOfStep(id, 1)),
    ...(await effects.pages.listOfStep(id, 2)),
  ];
  expect(rows.map(({ kind, name, value }) => [kind, name, value])).toEqual([
    ["model", "Ask", '"bad"'],
    ["model", "Ask", '"good"'],
  ]);
});
