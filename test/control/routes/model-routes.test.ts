import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { startScriptedModel } from "../../support/scripted-model.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

const agents = fileURLToPath(new URL("../../support/agents", import.meta.url));
const wait = { headers: { prefer: "wait=20" } };

test("agents' config, types' config and a reload choose the model, and the step names it", async () => {
  await using model = await startScriptedModel();
  await using folder = await makeTempFolder();
  const path = join(folder.path, "models.json");
  const local = { provider: "openai-generic", base_url: model.baseUrl };
  const write = (content: unknown) => writeFileSync(path, JSON.stringify(content));
  write({ strong: { ...local, model: "strong-1" }, cheap: { ...local, model: "cheap-1" } });
  await using control = await Control.start({
    folder: folder.path,
    flags: { models: path, agents },
  });
  const { json: listed } = await control.get("/api/models");
  expect(listed.items.map(({ names }: { names: string[] }) => names)).toEqual([
    ["default"],
    ["strong"],
    ["cheap"],
  ]);

  const config = { interval_ms: 20 };
  const make = (agent_id: string, more: object) =>
    control.ask("POST", "/api/agents", {
      ...wait,
      body: { agent_id, agent_type: "caller", config: { ...config, ...more } },
    });
  await control.ask("PATCH", "/api/types/caller", { body: { config: { model: "cheap" } } });
  await make("by-type", {});
  await make("by-agent", { model: "strong" });
  const stepOf = (agent: string, name: string) =>
    until(async () => {
      const { json } = await control.get(`/api/agents/${agent}/steps?limit=1`);
      return json.items[0]?.model === name;
    });
  await stepOf("by-type", "cheap-1");
  await stepOf("by-agent", "strong-1");

  write({ strong: { ...local, model: "strong-2" } });
  const refused = await control.ask("POST", "/api/environment/reload", { ...wait, body: {} });
  expect(refused.json).toMatchObject({ outcome: "rejected" });
  expect(refused.json.error.message).toMatch(
    /agent type caller: model must be one of .*got "cheap"/,
  );
  write({ strong: { ...local, model: "strong-2" }, cheap: { ...local, model: "cheap-2" } });
  const done = await control.ask("POST", "/api/environment/reload", { ...wait, body: {} });
  expect(done.json).toMatchObject({ outcome: "done" });
  await stepOf("by-agent", "strong-2");
  await stepOf("by-type", "cheap-2");
});

test("an agent that waits for a model that is gone says so, and is not unresponsive", async () => {
  const model = await startScriptedModel();
  const flags = { agents, llm: "openai-generic", llmBaseUrl: model.baseUrl };
  await using control = await Control.start({ flags });
  const body = { agent_id: "agent1", agent_type: "caller", config: { interval_ms: 20 } };
  await control.ask("POST", "/api/agents", { ...wait, body });
  await until(async () => (await control.get("/api/agents/agent1")).json.iteration > 0);
  await model.close();
  const row = await until(async () => {
    const { json } = await control.get("/api/agents/agent1");
    return json.live?.model_wait === null ? undefined : json;
  });
  expect(row).toMatchObject({ status: "running", paused: false });
  expect(row.live).toMatchObject({
    unresponsive_since: null,
    model_wait: { why: expect.stringContaining("connection refused") },
  });
  const { json } = await control.get("/api/models");
  expect(json.items).toMatchObject([{ state: "down", waiting: 1, reason: expect.any(String) }]);
  expect((await control.get("/metrics")).text).toMatch(/troupe_llm_model_up\{model="default"\} 0/);
  expect(control.log.match(/a model does not answer/g)).toHaveLength(1);
});
