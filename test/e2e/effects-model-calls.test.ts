/** Model calls of a step whose process dies: what was answered before is not paid again. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { startLedger } from "../support/effect-ledger.ts";
import { Program } from "../support/program.ts";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import { until } from "../support/until.ts";

const CALLS = 10;

/** Stops at a place that it does not pass after as many answers as its config says. */
const askerModule = `
export default {
  type: "asker",
  async step(ctx) {
    const { url, stopAfter, model } = ctx.config;
    const stop = (order) => {
      const body = JSON.stringify({ agent: ctx.agentId, place: "answered", order, kind: "model" });
      return fetch(url, { method: "POST", body });
    };
    const answers = [];
    for (let n = 1; n <= ${CALLS}; n += 1) {
      if (stopAfter === n - 1) await stop(n - 1);
      answers.push(await ctx.llm.Ask({ prompt: ctx.agentId + " question " + n }, { model }));
    }
    if (stopAfter === ${CALLS}) await stop(${CALLS});
    return { result: answers.join(), done: true };
  },
};`;

/** In call `k + 1`, and between two calls, for each k. No model gets more calls than it takes at a time. */
const agents = [
  ...Array.from({ length: CALLS }, (_, k) => ({ id: `called${k}`, k, model: `model${k % 2}` })),
  ...Array.from({ length: CALLS + 1 }, (_, k) => ({ id: `stopped${k}`, k, model: "model2" })),
];
const isCalling = ({ id }: { readonly id: string }) => id.startsWith("called");

test("the program killed after each of ten model calls, and in each: one call at most is made again", async () => {
  let hasDied = false;
  const stopped = new Set<string>();
  await using ledger = await startLedger(({ agent }) => {
    stopped.add(agent);
    return hasDied;
  });
  await using model = await startScriptedModel({
    answer: ({ prompt }) => {
      const { agent, n } = readPrompt(prompt);
      const asked = agents.find(({ id }) => id === agent);
      if (asked === undefined) throw new Error(`no agent asks ${prompt}`);
      const isHeld = !hasDied && isCalling(asked) && n === asked.k + 1;
      return isHeld ? "hang" : { kind: "ok", text: `a${n}` };
    },
  });
  await using database = await Database.make();
  const options = await setUp(database, model);
  for (const { id, k, model: name } of agents) {
    const config = { interval_ms: 0, url: ledger.url, model: name };
    const stopAfter = isCalling({ id }) ? -1 : k;
    await database.queue.agentCreate(id, "test", {
      agentType: "asker",
      config: { ...config, stopAfter },
    });
  }
  await using doomed = await Program.start(options);
  await until(() => stopped.size === CALLS + 1 && model.inFlight === CALLS);
  await doomed.end("SIGKILL");
  hasDied = true;
  await using next = await Program.start(options);
  await database.agents(agents.length, ({ status }) => status === "stopped");
  for (const agent of agents) {
    const asked = countQuestions(model, agent.id);
    const again = asked.map((times) => times - 1);
    expect([agent.id, Math.min(...again)]).toEqual([agent.id, 0]);
    expect([agent.id, sum(again) <= 1]).toEqual([agent.id, true]);
    // The call that had no answer, and no other.
    if (isCalling(agent)) expect([agent.id, again.indexOf(1)]).toEqual([agent.id, agent.k]);
    const { result } = await database.agent(agent.id, () => true);
    expect(result).toBe(asked.map((_, at) => `a${at + 1}`).join());
  }
  await next.end();
});

async function setUp({ folder }: Database, { baseUrl }: ScriptedModel) {
  const agentsFolder = join(folder, "agents");
  await mkdir(agentsFolder);
  await writeFile(join(agentsFolder, "asker.mjs"), askerModule);
  const models = ["model0", "model1", "model2"].map((name) => [
    name,
    { provider: "openai-generic", model: name, base_url: baseUrl },
  ]);
  await writeFile(join(folder, "models.json"), JSON.stringify(Object.fromEntries(models)));
  const env = { TROUPE_AGENTS: agentsFolder, TROUPE_LLM: "offline", TROUPE_LOG: "error" };
  return { cwd: folder, env };
}

function readPrompt(prompt: string): { readonly agent: string; readonly n: number } {
  const [, agent = "", n] = /(\w+) question (\d+)/.exec(prompt) ?? [];
  return { agent, n: Number(n) };
}

/** How often the agent has asked each of its questions. */
function countQuestions({ requests }: ScriptedModel, agentId: string): readonly number[] {
  const asked = requests.map(({ prompt }) => readPrompt(prompt));
  return Array.from(
    { length: CALLS },
    (_, at) => asked.filter(({ agent, n }) => agent === agentId && n === at + 1).length,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
