/** The tokens of model calls in their agent's row, however a step and its thread end. */

import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { newActionId, parseAgentId } from "../../../src/model/ids.ts";
import type { SpentCall } from "../../../src/model/usage.ts";
import { reply } from "../../support/actor-harness.ts";
import { block } from "../../support/break.ts";
import { Fleet } from "../../support/fleet.ts";
import { destroyAgent, startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

const id = parseAgentId("agent1");
const usage = { model: "big", input_tokens: 10, output_tokens: 1 };

interface Spender {
  readonly fleet: Fleet;
  /** What the fleet was told of, in order. */
  readonly noted: readonly SpentCall[];
  /** Each reports the tokens of a call of `Late`, which has no answer. */
  readonly late: readonly (() => void)[];
  readonly start: (config?: object) => Promise<void>;
  /** Input tokens in the agent's row, as the table has it. */
  readonly stored: () => Promise<number>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** @param module what the type has: `step`, `setup` */
async function withSpender(module: string): Promise<Spender> {
  const noted: SpentCall[] = [];
  const late: (() => void)[] = [];
  const fleet = await Fleet.start({
    destroyTimeoutMs: 200,
    onSpent: ({ calls }) => void noted.push(...calls),
    answerLlm: (report, onUsage) => {
      if (report.request.function === "Late") return void late.push(() => onUsage?.(usage));
      onUsage?.(usage);
      const isBad = report.request.function === "Bad";
      const error = { code: "LLM_ANSWER_INVALID", message: "no answer" };
      reply(report, isBad ? { kind: "failed", error, usage } : { kind: "done", value: "x", usage });
    },
  });
  await fleet.addType("spender", `export default { type: "spender", ${module} };`);
  return {
    fleet,
    noted,
    late,
    start: (config = {}) => {
      const given = { interval_ms: 10, ...config };
      const seed = { agentType: "spender", subject: null, config: given };
      return startAgent(fleet.supervisor, id, seed, newActionId());
    },
    stored: async () => {
      const row = await fleet.database.store.agents.find(id);
      return row?.usage?.spent.reduce((sum, { input_tokens }) => sum + input_tokens, 0) ?? 0;
    },
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

describe("the tokens of a step", () => {
  test("that calls several times, once in vain, are in the row after it", async () => {
    await using spender = await withSpender(`async step(ctx) {
      await ctx.llm.Ask({}); await ctx.llm.Bad({}).catch(() => undefined); await ctx.llm.Ask({});
      return { result: "r", done: true };
    }`);
    await spender.start();
    await until(async () => (await spender.stored()) === 30);
    expect(spender.noted).toHaveLength(3);
    const row = await spender.fleet.database.store.agents.find(id);
    expect(row?.usage?.spent).toMatchObject([
      { agent_type: "spender", model: "big", input_tokens: 30, output_tokens: 3 },
    ]);
  });

  test("that throws count, and those of its next try again", async () => {
    await using spender = await withSpender(`async step(ctx) {
      await ctx.llm.Ask({});
      if (ctx.iteration === 1) throw new Error("no");
      return { result: "r", done: true };
    }`);
    await spender.start();
    await until(async () => (await spender.stored()) === 20);
    expect(spender.noted).toHaveLength(2);
  });

  test("that never ends are in the table before it ends", async () => {
    await using spender = await withSpender(`async step(ctx) {
      await ctx.llm.Ask({}); await ctx.sleep(600_000); return { result: "r" };
    }`);
    await spender.start();
    await until(async () => (await spender.stored()) === 10);
    expect(await spender.fleet.database.store.steps.list(id)).toMatchObject({ items: [] });
  });

  test("whose thread dies count once, although its next thread uses the answer", async () => {
    await using spender = await withSpender(`async step(ctx) {
      const answer = await ctx.llm.Ask({});
      await ctx.sleep(60);
      const { existsSync, writeFileSync } = await import("node:fs");
      if (!existsSync(ctx.config.file)) { writeFileSync(ctx.config.file, ""); process.exit(3); }
      return { result: answer, done: true };
    }`);
    await spender.start({ file: `${spender.fleet.database.folder}/died` });
    await until(async () => (await spender.fleet.database.store.agents.find(id))?.iteration === 2);
    expect(await spender.stored()).toBe(10);
    expect(spender.noted).toHaveLength(1);
  });

  test("whose thread dies before it reports the answer count, and those of its next try again", async () => {
    await using spender = await withSpender(`async step(ctx) {
      const { existsSync, writeFileSync } = await import("node:fs");
      const answer = await ctx.llm.Ask({});
      if (!existsSync(ctx.config.file)) { writeFileSync(ctx.config.file, ""); process.exit(3); }
      return { result: answer, done: true };
    }`);
    const { store, folder } = spender.fleet.database;
    await spender.start({ file: `${folder}/died` });
    await until(async () => (await store.agents.find(id))?.iteration === 2);
    expect(await spender.stored()).toBe(20);
    expect(spender.noted).toHaveLength(2);
    // A start that reads the table, and not the agent's row, finds the same.
    await until(async () => (await store.effects.listSpent(undefined)).length === 2);
    const cut = (await store.effects.reads.findTurn(id, 1)).find(({ state }) => state === "failed");
    expect(cut).toMatchObject({ error: { code: "LLM_ABORTED" }, input_tokens: 10, model: "big" });
  });

  test("count once if they are reported after the thread has ended", async () => {
    await using spender = await withSpender(`async step(ctx) {
      ctx.llm.Late({}).catch(() => undefined); await ctx.sleep(40); process.exit(3);
    }`);
    await spender.start();
    const { effects } = spender.fleet.database.store;
    await until(async () => (await effects.reads.findTurn(id, 1)).length > 0);
    const [report] = spender.late;
    report?.();
    expect(spender.noted).toHaveLength(1);
    await until(async () => (await spender.stored()) === 10);
  });
});

test("calls of setup count, which have no step", async () => {
  await using spender = await withSpender(`
    async setup(ctx) { await ctx.llm.Ask({}); },
    async step() { return { result: "r", next: "guidance" }; }`);
  await spender.start();
  await until(async () => (await spender.stored()) === 10);
  expect(spender.noted).toHaveLength(1);
});

test("a new agent's calls wait for its row: a start could not count calls of an agent that it does not know", async () => {
  await using spender = await withSpender(`async step(ctx) {
    const answer = ctx.llm.Ask({}); ctx.progress("asked");
    return { result: await answer, done: true };
  }`);
  const { fleet, noted } = spender;
  const { store, location } = fleet.database;
  const mend = await block(join(location, "agent_state.lance/_transactions"));
  const started = spender.start();
  // It arrives after the call.
  await until(() => fleet.heard.some(({ type }) => type === "agent.progress"));
  for (let turns = 0; turns < 10; turns += 1) await turn();
  expect(noted).toEqual([]);
  expect(await store.agents.find(id)).toBeUndefined();
  await mend();
  await started;
  await until(async () => (await spender.stored()) === 10);
});

test("an agent that is destroyed, and starts again, keeps what it has spent", async () => {
  await using spender = await withSpender(`async step(ctx) {
    await ctx.llm.Ask({}); return { result: "r", next: "guidance" };
  }`);
  await spender.start();
  await until(async () => (await spender.stored()) === 10);
  await destroyAgent(spender.fleet.supervisor, id, newActionId());
  expect(await spender.stored()).toBe(10);
  await spender.start();
  await until(async () => (await spender.stored()) === 20);
});
