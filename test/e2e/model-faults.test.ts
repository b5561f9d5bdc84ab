import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FAILED_STEPS_MAX } from "../../src/supervisor/failed-steps.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import {
  type FateName,
  type ScriptedModel,
  startScriptedModel,
} from "../support/scripted-model.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const config = { interval_ms: 50 };

function modelEnv(baseUrl: string): Record<string, string> {
  return {
    TROUPE_AGENTS: agents,
    TROUPE_LLM: "openai-generic",
    TROUPE_LLM_BASE_URL: baseUrl,
    OPENAI_API_KEY: "sk-very-secret",
    TROUPE_LLM_MODEL: "scripted",
  };
}

function startBeside({ baseUrl }: ScriptedModel, { folder }: Database): Promise<Program> {
  return Program.start({ cwd: folder, env: modelEnv(baseUrl) });
}

describe("a model's fault", () => {
  const faults: readonly (readonly [FateName, string, string])[] = [
    ["server_error", "caller", "LLM_UNAVAILABLE"],
    ["unauthorized", "caller", "LLM_REFUSED"],
    ["broken_json", "caller", "LLM_"],
    ["empty", "caller", "LLM_ANSWER_INVALID"],
    ["drop", "caller", "LLM_UNAVAILABLE"],
    ["cut", "streamer", "LLM_"],
    ["cut_clean", "streamer", "LLM_ANSWER_INVALID"],
  ];

  /** A model for each fault, which has it at its first call, and an agent for each model. */
  let model: ScriptedModel;
  let database: Database;
  let program: Program;
  beforeAll(async () => {
    const called = new Set<string>();
    model = await startScriptedModel({
      answer: ({ model: name }) => {
        if (called.has(name)) return "ok";
        called.add(name);
        return { kind: name as FateName, retryAfter: "0" };
      },
    });
    database = await Database.make();
    const entry = { provider: "openai-generic", base_url: model.baseUrl, key: "OPENAI_API_KEY" };
    const models = faults.map(([fate]) => [fate, { ...entry, model: fate }]);
    const file = join(database.folder, "models.json");
    await writeFile(file, JSON.stringify(Object.fromEntries(models)));
    program = await Program.start({ cwd: database.folder, env: modelEnv(model.baseUrl) });
  });
  afterAll(async () => {
    await program[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
    await model[Symbol.asyncDispose]();
  });

  test.concurrent.each(faults)(
    "%s ends the step in error and not the agent",
    async (fate, agentType, code) => {
      const made = database.queue.agentCreate(fate, "test", {
        agentType,
        config: { ...config, model: fate },
      });
      expect(await database.processed(made)).toMatchObject({ outcome: "done" });

      const row = await database.agent(fate, (agent) => agent.result !== null);
      expect(row).toMatchObject({ status: "running", generation: 1, restarts: 0 });
      expect(row.last_error?.code).toMatch(new RegExp(`^${code}`));
      const [first, second] = await database.steps(fate);
      expect(first).toMatchObject({ iteration: 1, status: "error", result: null });
      expect(second).toMatchObject({ iteration: 2, status: "ok", error: null });
      expect(JSON.stringify([row, first]) + program.output).not.toContain("sk-very-secret");
    },
  );
});

test("an interrupt now aborts the running call and the next step has the guidance", async () => {
  await using model = await startScriptedModel({
    answer: ({ index }) => (index === 0 ? "hang" : { kind: "ok", text: "a dog walks in" }),
  });
  await using database = await Database.make();
  await using _program = await startBeside(model, database);
  const { queue } = database;
  await database.processed(queue.agentCreate("agent1", "test", { initialSubject: "cats", config }));
  const hanging = await model.request(0);

  await database.processed(
    queue.agentInterrupt("agent1", "test", { subject: "dogs" }, { mode: "now" }),
  );
  await hanging.closedByClient;
  expect((await model.request(1)).prompt).toContain("dogs");
  const row = await database.agent("agent1", (agent) => agent.result !== null);
  expect(row).toMatchObject({ current_subject: "dogs", status: "running" });
  const [first, second] = await database.steps("agent1");
  expect(first).toMatchObject({ iteration: 1, status: "aborted", subject: "cats" });
  expect(second).toMatchObject({ iteration: 2, status: "ok", subject: "dogs" });
});

test("a destroy closes the request of a hanging call, and the agent ends without force", async () => {
  await using model = await startScriptedModel({ answer: () => "hang" });
  await using database = await Database.make();
  await using _program = await startBeside(model, database);
  const { queue } = database;
  await database.processed(queue.agentCreate("agent1", "test", { config }));
  const hanging = await model.request(0);
  await database.processed(queue.agentDestroy("agent1", "test"));
  await hanging.closedByClient;
  const row = await database.status("agent1", "stopped");
  expect(row.exit_reason).toMatchObject({ rung: "cooperative" });
});

test("a paused agent is pausing until its call has ended, and makes no other", async () => {
  await using model = await startScriptedModel({ answer: () => "slow" });
  await using database = await Database.make();
  await using _program = await startBeside(model, database);
  const { queue } = database;
  await database.processed(queue.agentCreate("agent1", "test", { config }));
  const slow = await model.request(0);
  await database.processed(queue.agentPause("agent1", "test"));
  expect(await database.store.agents.find("agent1")).toMatchObject({
    status: "pausing",
    paused: true,
  });
  slow.release();
  const row = await database.status("agent1", "paused");
  expect(row).toMatchObject({ iteration: 1 });
  expect(model.requests).toHaveLength(1);
  await database.processed(queue.agentResume("agent1", "test"));
  (await model.request(1)).release();
  await database.agent("agent1", (agent) => agent.iteration >= 2);
});

test("an agent whose calls keep failing pauses itself, and continues when it is resumed", async () => {
  const state = { isRefused: true };
  await using model = await startScriptedModel({
    answer: () => (state.isRefused ? "unauthorized" : "ok"),
  });
  await using database = await Database.make();
  await using program = await Program.start({
    cwd: database.folder,
    env: modelEnv(model.baseUrl),
  });
  const { queue } = database;
  await database.processed(queue.agentCreate("agent1", "test", { agentType: "caller", config }));
  await failsUntilPaused(database);
  const row = await database.status("agent1", "paused");
  expect(row).toMatchObject({ paused: true, iteration: FAILED_STEPS_MAX, generation: 1 });
  expect(row.last_error).toMatchObject({
    code: "AGENT_PAUSED_BY_FAILURES",
    message: expect.stringContaining("after 5 failing steps in a row"),
    details: { last: "LLM_REFUSED", failures: FAILED_STEPS_MAX },
  });
  await program.line(/agent paused itself/);
  const asked = model.requests.length;

  await database.processed(queue.agentResume("agent1", "test"));
  // Ends the backoff, of up to 16 s.
  await queue.agentInterrupt("agent1", "test", { n: 0 });
  await model.request(asked);
  await database.agent("agent1", ({ iteration }) => iteration === FAILED_STEPS_MAX + 1);
  expect(await database.store.agents.find("agent1")).toMatchObject({ status: "running" });
  state.isRefused = false;
  await database.processed(queue.agentInterrupt("agent1", "test", { n: 1 }));
  const healed = await database.agent("agent1", (agent) => agent.result !== null);
  expect(healed).toMatchObject({ status: "running", paused: false });
});

test("a fleet waits for a model that is gone, pauses nobody, and continues when it is back", async () => {
  const names = Array.from({ length: 12 }, (_, n) => `agent${n}`);
  const first = await startScriptedModel();
  await using database = await Database.make();
  await using program = await startBeside(first, database);
  const { queue } = database;
  const made = names.map((name) =>
    queue.agentCreate(name, "test", { agentType: "caller", config }),
  );
  await Promise.all(made.map((one) => database.processed(one)));
  await Promise.all(names.map((name) => database.agent(name, (agent) => agent.result !== null)));

  await first.close();
  await program.line(/a model does not answer; its calls wait until it does/);
  const waiting = await database.store.agents.find("agent0" as never);
  await queue.agentInterrupt("agent1", "test", { n: 1 }, { mode: "now" });
  await database.processed(queue.agentDestroy("agent2", "test"));
  expect(await database.status("agent2", "stopped")).toMatchObject({
    exit_reason: { rung: "cooperative" },
  });
  await database.processed(queue.agentPause("agent3", "test"));
  await database.status("agent3", "paused");

  const port = Number(new URL(first.baseUrl).port);
  await using _second = await startScriptedModel({ port });
  await program.line(/a model answers again/);
  const continuing = names.filter((one) => !["agent2", "agent3"].includes(one));
  const before = await Promise.all(continuing.map((name) => database.agent(name, () => true)));
  const rows = await Promise.all(
    before.map(({ agent_id, iteration }) =>
      database.agent(agent_id, (agent) => agent.iteration > iteration + 1),
    ),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ status: "running", paused: false, generation: 1 });
  }
  expect(waiting?.status).toBe("running");
});

/** Guidance ends each backoff, so that nobody waits for the next failing step. */
async function failsUntilPaused(database: Database): Promise<void> {
  for (let failures = 1; failures < FAILED_STEPS_MAX; failures++) {
    await database.agent("agent1", ({ iteration }) => iteration === failures);
    await database.queue.agentInterrupt("agent1", "test", { n: failures });
  }
}
