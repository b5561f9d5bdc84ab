/** What agents have spent survives kills of the program: every stored model call counts, and none counts twice. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { tokensOf } from "../../src/model/usage-sums.ts";
import { chanceOf } from "../support/chance.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { useSeed } from "../support/seed.ts";
import { until } from "../support/until.ts";

const KILLS = 3;
/** Tokens that the fleet spends between the start and the kill, at most: some three steps of each agent. */
const TOKENS_MAX = 1_000;
const WAIT_MS = 60_000;
const ids = ["spender1", "spender2", "spender3"];

/** Two calls in each step with a pause between them, so that a kill finds some steps half done. */
const module = `export default { type: "spender", async step(ctx) {
  await ctx.llm.TellJoke({ subject: "cats " + ctx.iteration, recent_jokes: [] });
  await ctx.sleep(30);
  await ctx.llm.TellJoke({ subject: "dogs " + ctx.iteration, recent_jokes: [] });
  return { result: "told" };
} };`;

async function fleetOf(program: Program) {
  const line = await program.line(/^Troupe serves at /);
  const { origin, searchParams } = new URL(line.replace("Troupe serves at ", ""));
  return connect(origin, { token: searchParams.get("token") ?? "" });
}

/** Tokens of each agent's stored calls. */
async function storedTokens({ store }: Database): Promise<ReadonlyMap<string, number>> {
  const calls = Map.groupBy(await store.effects.listSpent(undefined), ({ agent_id }) => agent_id);
  return new Map(
    [...calls].map(([id, some]) => [id, some.reduce((n, call) => n + tokensOf(call), 0)]),
  );
}

test("kills at random moments lose no token of a stored call, and count none twice", async () => {
  await using database = await Database.make();
  const agents = join(database.folder, "spender.mjs");
  await writeFile(agents, module);
  const models = { default: { provider: "offline", price: { input: 1, output: 2 } } };
  await writeFile(join(database.folder, "models.json"), JSON.stringify(models));
  const options = { cwd: database.folder, env: { TROUPE_AGENTS: agents, TROUPE_LOG: "warn" } };
  const chance = chanceOf(useSeed());
  const config = { interval_ms: 20 };
  for (const id of ids)
    await database.queue.agentCreate(id, "test", { agentType: "spender", config });
  let seen = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await using program = await Program.start(options);
    await using fleet = await fleetOf(program);
    const tokens = async () => tokensOf((await fleet.usage()).total.ever);
    expect(await tokens()).toBeGreaterThanOrEqual(seen);
    const enough = seen + 1 + chance() * TOKENS_MAX;
    seen = await until(async () => {
      const now = await tokens();
      return now >= enough ? now : undefined;
    });
    await program.end("SIGKILL");
  }

  await using program = await Program.start(options);
  await using fleet = await fleetOf(program);
  // The table has all calls only once no agent makes any more.
  for (const id of ids) await fleet.actionWait(await fleet.agentPause(id, "test"), WAIT_MS);
  await database.agents(ids.length, ({ status }) => status === "paused");
  await program.end("SIGTERM");
  const stored = await storedTokens(database);
  const { total, types, agents: spenders } = await database.queue.usage();
  expect(new Map(spenders.map(({ name, ever }) => [name, tokensOf(ever)]))).toEqual(stored);
  expect(new Set(stored.keys())).toEqual(new Set(ids));
  expect(tokensOf(total.ever)).toBeGreaterThanOrEqual(seen);
  expect(types).toMatchObject([{ name: "spender", ever: total.ever }]);
});
