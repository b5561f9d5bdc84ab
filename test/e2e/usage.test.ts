/** What agents have spent survives kills: nothing is counted twice, and nothing that is stored is lost. */

import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import type { UsageView } from "../../src/model/usage-view.ts";
import { chanceOf } from "../support/chance.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { useSeed } from "../support/seed.ts";
import { until } from "../support/until.ts";

const entry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));
const KILLS = 4;
const ids = ["spender1", "spender2", "spender3"];

/** Two calls in each step with a pause between them, so that a kill finds some steps half done. */
const module = `export default { type: "spender", async step(ctx) {
  await ctx.llm.TellJoke({ subject: "cats " + ctx.iteration, recent_jokes: [] });
  await ctx.sleep(30);
  await ctx.llm.TellJoke({ subject: "dogs " + ctx.iteration, recent_jokes: [] });
  if (ctx.iteration % 5 === 0) throw new Error("as planned");
  return { result: "told" };
} };`;

async function fleetOf(program: Program) {
  const line = await program.line(/^Troupe serves at /);
  const { origin, searchParams } = new URL(line.replace("Troupe serves at ", ""));
  return connect(origin, { token: searchParams.get("token") ?? "" });
}

/** Tokens of all stored model calls. */
async function storedCalls({ store }: Database): Promise<number> {
  const calls = await store.effects.listSpent(undefined);
  return calls.reduce((sum, call) => sum + call.input_tokens + call.output_tokens, 0);
}

function tokensOf({ total: { ever } }: UsageView): number {
  return ever.input_tokens + ever.output_tokens;
}

test("kills at random moments, and a destroyed agent, change no sum", async () => {
  await using database = await Database.make();
  await writeFile(join(database.folder, "spender.mjs"), module);
  const models = { default: { provider: "offline", price: { input: 1, output: 2 } } };
  await writeFile(join(database.folder, "models.json"), JSON.stringify(models));
  const env = { TROUPE_AGENTS: join(database.folder, "spender.mjs"), TROUPE_LOG: "warn" };
  const options = { cwd: database.folder, env };
  const chance = chanceOf(useSeed());
  const config = { interval_ms: 20 };
  for (const id of ids) {
    await database.queue.agentCreate(id, "test", { agentType: "spender", config });
  }
  let least = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await using program = await Program.start(options);
    const fleet = await fleetOf(program);
    // A start has all that was stored before it.
    const stored = await storedCalls(database);
    const usage = await until(async () => {
      const read = await fleet.usage();
      return tokensOf(read) >= stored ? read : undefined;
    });
    least = Math.max(least, tokensOf(usage));
    await until(async () => tokensOf(await fleet.usage()) > least + chance() * 1_000);
    await program.end("SIGKILL");
  }
  await using program = await Program.start(options);
  const fleet = await fleetOf(program);
  const [first = ""] = ids;
  await fleet.actionWait(await fleet.agentDestroy(first, "test"), 60_000);
  for (const id of ids.slice(1)) {
    await fleet.actionWait(await fleet.agentPause(id, "test"), 60_000);
    await until(async () => (await fleet.agentFind(id))?.status === "paused");
  }
  const usage = await until(async () => {
    const read = await fleet.usage();
    return tokensOf(read) === (await storedCalls(database)) ? read : undefined;
  });
  expect(tokensOf(usage)).toBeGreaterThan(least);
  expect(new Set(usage.agents.map(({ name }) => name))).toEqual(new Set(ids));
  const { input_tokens, output_tokens, cost_usd } = usage.total.ever;
  expect(cost_usd).toBeCloseTo((input_tokens + 2 * output_tokens) / 1e6, 9);
  expect(usage.types).toMatchObject([{ name: "spender", ever: { input_tokens } }]);

  // The command through the server, then through the tables: the same.
  const command = promisify(execFile);
  const run = async (...args: readonly string[]) =>
    await command(process.execPath, [entry, "usage", ...args], { cwd: database.folder, env });
  const beside = JSON.parse((await run("-o", "json")).stdout) as UsageView;
  expect(beside.total.ever).toEqual(usage.total.ever);
  await program.end("SIGTERM");
  const alone = JSON.parse((await run("-o", "json")).stdout) as UsageView;
  expect(alone.total.ever).toEqual(usage.total.ever);
  expect(alone.agents.map(({ name, ever }) => [name, ever])).toEqual(
    usage.agents.map(({ name, ever }) => [name, ever]),
  );
}, 180_000);
