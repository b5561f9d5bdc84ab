import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connect } from "../../../src/fleet/connect.ts";
import { Control } from "../../support/control.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

const waiting = { prefer: "wait=60" };
const patch = (control: Control, name: string, body: unknown) =>
  control.ask("PATCH", `/api/types/${name}`, { body });

test("GET answers the types with their settings in effect, and PATCH changes and resets them", async () => {
  await using control = await Control.start();
  const { status, json } = await control.get("/api/types");
  expect(status).toBe(200);
  expect(json).toMatchObject({
    next_cursor: null,
    items: [
      {
        name: "joke",
        source: "built-in",
        config_schema: null,
        guidance_schema: null,
        configured: null,
      },
    ],
  });
  const { settings } = json.items[0];
  expect(settings).toMatchObject({ restarts_max: 5, destroy_timeout_ms: 5_000, memory_mb: 256 });
  const changed = await patch(control, "joke", { restart: "temporary", memory_mb: 64 });
  expect(changed).toMatchObject({
    status: 200,
    json: {
      settings: { ...settings, restart: "temporary", memory_mb: 64 },
      configured: { restart: "temporary", memory_mb: 64, restarts_max: null },
    },
  });
  expect((await control.get("/api/types")).json.items).toEqual([changed.json]);
  const reset = await patch(control, "joke", { restart: null, memory_mb: null });
  expect(reset.json.settings).toEqual(settings);
});

test("PATCH refuses unknown settings, unknown types and invalid values, and changes nothing", async () => {
  await using control = await Control.start();
  const answers = [
    await patch(control, "joke", { restart: "sometimes" }),
    await patch(control, "joke", { memory_mb: 1 }),
    await patch(control, "joke", { memroy_mb: 64 }),
    await patch(control, "joke", { config: [1] }),
    await patch(control, "joke", [{ memory_mb: 64 }]),
    await patch(control, "poet", { memory_mb: 64 }),
    await control.ask("PATCH", "/api/types/joke", {
      body: { memory_mb: 64 },
      headers: { authorization: undefined },
    }),
  ];
  expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
    ...Array(5).fill([400, "REQUEST_INVALID"]),
    [404, "AGENT_TYPE_UNKNOWN"],
    [401, "TOKEN_REQUIRED"],
  ]);
  expect(answers[0]?.json.detail).toContain('body.restart must be one of "permanent"');
  expect((await control.get("/api/types")).json.items[0].configured).toBeNull();
});

test("simultaneous changes are all kept, and count for later starts", async () => {
  await using folder = await makeTempFolder();
  const agents = join(folder.path, "ended.mjs");
  const source = `export default { type: "ended", interval_ms: 77, restart: "temporary",
    step: (ctx) => ({ result: "" + ctx.config.word }) };`;
  await writeFile(agents, source);
  await using control = await Control.start({ flags: { agents } });
  const client = connect(control.url.href, { token: control.token });
  await Promise.all([
    client.typeSet("ended", { restarts_max: 1 }),
    client.typeSet("ended", { config: { word: "hi" } }),
    client.typeSet("ended", { destroy_timeout_ms: 2_000 }),
  ]);
  const [, type] = await client.types();
  expect(type).toMatchObject({
    name: "ended",
    source: "ended.mjs",
    settings: {
      restart: "temporary",
      restarts_max: 1,
      destroy_timeout_ms: 2_000,
      config: { word: "hi" },
      interval_ms: 77,
    },
  });
  await control.post("/api/agents", { agent_id: "a", agent_type: "ended" }, waiting);
  const row = await until(async () => {
    const agent = await client.agentFind("a");
    return agent?.result == null ? undefined : agent;
  });
  expect(row.result).toBe("hi");
});

test("secrets of a config are in no answer, stay when their mask is sent back, and reach the agent", async () => {
  await using folder = await makeTempFolder();
  const agents = join(folder.path, "keeper.mjs");
  const schema = `{ "~standard": { version: 1, vendor: "t", validate: (value) => ({ value }),
    jsonSchema: { input: () => ({ type: "object", properties: {
      key: { type: "string", writeOnly: true }, region: { type: "string" } } }) } } }`;
  await writeFile(
    agents,
    `export default { type: "keeper", config: ${schema}, interval_ms: 10,
      step: ({ config: { key, region } }) => ({ result: [key?.length, region].join() }) };`,
  );
  await using control = await Control.start({ flags: { agents } });
  const config = { key: "a-very-secret-one", region: "eu" };
  const create = { agent_id: "a", agent_type: "keeper", config };
  const created = await control.post("/api/agents", create, waiting);
  expect(created.json).toMatchObject({ outcome: "done", payload: { config: { region: "eu" } } });
  const change = await patch(control, "keeper", { config });
  expect(change.json.settings.config).toEqual({ key: "********", region: "eu" });
  await patch(control, "keeper", { config: { ...change.json.settings.config, region: "us" } });
  await control.post("/api/agents", { agent_id: "b", agent_type: "keeper" }, waiting);
  const results = await until(async () => {
    const { items } = (await control.get("/api/agents")).json;
    const found = items.map(({ result }: { readonly result: string | null }) => result);
    return found.includes(null) ? undefined : found;
  });
  expect(results).toEqual(["17,eu", "17,us"]);
  const paths = [
    "/api/agents",
    "/api/agents?fields=all",
    "/api/agents/a",
    "/api/types",
    "/api/actions",
  ];
  for (const path of [...paths, `/api/actions/${created.json.id}`]) {
    const { text } = await control.ask("GET", path);
    expect(text).toContain("region");
    expect(text).not.toContain("a-very-secret-one");
  }
});
