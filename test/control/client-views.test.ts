/** Secrets of agents' configs: no answer, event or line of the log has one, and no mask replaces one. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { Control } from "../support/control.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

const SECRET = "a-very-secret-one";
const MASK = "********";
const waiting = { prefer: "wait=60" };
const config = { interval_ms: 10, key: SECRET, region: "eu" };
const noValue = "config.key is a mask and has no stored value";

/** Refuses a config for the moon in the words of a schema library that quotes the value. */
const keeper = `export default { type: "keeper", step: () => ({ result: "ok" }),
  config: { "~standard": { version: 1, vendor: "t",
    validate: (value) => value.region === "moon"
      ? { issues: [{ message: "must be on earth (was " + JSON.stringify(value) + ")" }] }
      : { value },
    jsonSchema: { input: () => ({ properties: { key: { type: "string", writeOnly: true } } }) } } } };`;

interface Place {
  readonly folder: string;
  readonly agents: string;
  readonly start: () => Promise<Control>;
  /** Makes the module wait, while it loads, until `open` is called. */
  readonly delay: () => Promise<{ readonly open: () => Promise<void> }>;
}

/** A folder with a module of a type whose config has a secret. */
async function usePlace(run: (place: Place) => Promise<void>): Promise<void> {
  await using temp = await makeTempFolder();
  const folder = temp.path;
  const agents = join(folder, "agents");
  await mkdir(agents);
  const module = join(agents, "keeper.mjs");
  await writeFile(module, keeper);
  const gate = join(folder, "gate");
  const delay = async () => {
    const waits = `import { existsSync } from "node:fs";
      while (!existsSync(${JSON.stringify(gate)})) await new Promise((go) => setTimeout(go, 20));`;
    await writeFile(module, `${waits}\n${keeper}`);
    return { open: () => writeFile(gate, "") };
  };
  const start = () => Control.start({ folder, flags: { agents } });
  await run({ folder, agents, start, delay });
}

/** Leaves an agent with a secret, an action that names its type, and one that does not. */
async function leaveAgent(start: Place["start"]): Promise<void> {
  await using control = await start();
  const create = { agent_id: "m1", agent_type: "keeper", config };
  const { json } = await control.post("/api/agents", create, waiting);
  expect(json).toMatchObject({ outcome: "done", payload: { config: { key: MASK, region: "eu" } } });
  await control.post("/api/agents", { agent_id: "m1", config }, waiting);
  await control.ask("DELETE", "/api/agents/m1", { headers: waiting });
}

/** The text of every answer that has a config. */
async function readAll(control: Control): Promise<string> {
  const paths = ["/api/agents", "/api/agents?fields=all", "/api/agents/m1", "/api/actions"];
  const { items } = (await control.get("/api/actions")).json;
  const one = items.map(({ id }: { readonly id: string }) => `/api/actions/${id}`);
  const answers = [...paths, ...one].map(async (path) => (await control.get(path)).text);
  return (await Promise.all(answers)).join("\n");
}

const configOf = async (control: Control) => (await control.get("/api/agents/m1")).json.config;
const masked = { interval_ms: 10, key: MASK, region: MASK };

test("a config is masked whole while the module of its type cannot be used", async () => {
  await usePlace(async ({ agents, start }) => {
    await leaveAgent(start);
    await writeFile(join(agents, "keeper.mjs"), "export default {{");
    await using control = await start();
    expect(await configOf(control)).toEqual(masked);
    const shown = await readAll(control);
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('"eu"');
  });
});

test("a config is masked whole while its module is loading, and comes back from that mask", async () => {
  await usePlace(async ({ start, delay }) => {
    await leaveAgent(start);
    const { open } = await delay();
    await using control = await start();
    const shown = await configOf(control);
    expect(shown).toEqual(masked);
    expect(await readAll(control)).not.toContain(SECRET);
    const create = { agent_id: "m1", agent_type: "keeper", config: { ...shown, interval_ms: 20 } };
    const { json } = await control.post("/api/agents", create);
    await until(() => control.troupe.supervisor.find(parseAgentId("m1")));
    await open();
    const path = `/api/actions/${json.action_id}`;
    expect((await control.get(path, { headers: waiting })).json).toMatchObject({ outcome: "done" });
    expect(await configOf(control)).toEqual({ interval_ms: 20, key: MASK, region: "eu" });
    await using library = await openQueue(join(control.folder, "data/troupe"));
    const stored = async () => (await library.agentFind("m1"))?.config["interval_ms"] === 20;
    await until(stored);
    expect(await library.agentFind("m1")).toMatchObject({ config: { ...config, interval_ms: 20 } });
  });
});

test("a mask is not stored, whichever way it comes", async () => {
  await usePlace(async ({ folder, start }) => {
    await using control = await start();
    await using library = await openQueue(join(folder, "data/troupe"));
    const payload = { agent_id: "m1", agent_type: "keeper", config: { ...config, key: MASK } };
    const rejected = {
      outcome: "rejected",
      error: { code: "AGENT_CONFIG_INVALID", message: noValue },
    };
    expect((await control.post("/api/agents", payload, waiting)).json).toMatchObject(rejected);
    const action = { action: "create_agent", payload };
    const many = await control.post("/api/actions", [action], waiting);
    expect(many.json.actions).toMatchObject([rejected]);
    // As another program appends it.
    const options = { agentType: "keeper", config: payload.config };
    const id = await library.agentCreate("m1", "me", options);
    expect(await library.actionWait(id, 60_000)).toMatchObject(rejected);
    expect((await control.get("/api/agents/m1")).status).toBe(404);
    // One that ends before it starts leaves an agent.
    await control.post("/api/agents", { ...payload, not_before: Date.now() + 3_600_000 });
    await control.ask("DELETE", "/api/agents/m1", { headers: waiting });
    expect(await configOf(control)).toEqual({});
    const patch = (body: unknown) => control.ask("PATCH", "/api/types/keeper", { body });
    expect(await patch({ config: payload.config })).toMatchObject({
      status: 400,
      json: { code: "SETTING_INVALID", detail: noValue },
    });
    await patch({ config });
    const accounts = { accounts: [{ id: "b", key: MASK }] };
    expect((await patch({ config: accounts })).json.detail).toBe(
      "config.accounts.0.key is a mask and has no stored value",
    );
    expect((await patch({ config: { key: MASK } })).json.settings.config).toEqual({ key: MASK });
  });
});

test("errors, events, the log and the metrics have no secret of a config", async () => {
  await usePlace(async ({ folder, start }) => {
    await using control = await start();
    const events: unknown[] = [];
    using _subscription = control.troupe.events.subscribe((event) => events.push(event));
    const create = { agent_id: "m1", agent_type: "keeper", config };
    await control.post("/api/agents", create, waiting);
    await until(async () => (await control.get("/api/agents/m1")).json.iteration > 1);
    const note = await control.post("/api/agents", { ...create, config: { key: "x" } }, waiting);
    expect(note.json.error.code).toBe("AGENT_DIFFERS");
    await control.post("/api/agents/m1/interrupt", { guidance: {} }, waiting);
    await control.ask("DELETE", "/api/agents/m1", { headers: waiting });
    const moon = { ...create, config: { ...config, region: "moon" } };
    const refused = await control.post("/api/agents", moon, waiting);
    expect(refused.json.error).toMatchObject({
      code: "AGENT_CONFIG_INVALID",
      message: expect.stringContaining(`(was {"key":"${MASK}","region":"moon"})`),
    });
    const wrong = { ...config, interval_ms: "soon" };
    expect(
      (await control.post("/api/agents", { ...create, config: wrong }, waiting)).json.error,
    ).toMatchObject({ message: expect.stringContaining('got "soon"') });
    // Rows that REST refuses, as another program appends them.
    await using library = await openQueue(join(folder, "data/troupe"));
    for (const text of [SECRET, [SECRET], JSON.stringify(config)]) {
      const payload = { agent_id: "m2", config: text };
      const [id = ""] = await library.enqueue([{ action: "create_agent", actor: "me", payload }]);
      const { error } = await library.actionWait(id, 60_000);
      expect(error?.code).toBe("ACTION_MALFORMED");
    }
    const others = ["/metrics", "/api/types", "/api/agents/m1/steps", "/"].map(
      async (path) => (await control.get(path)).text,
    );
    const all = [await readAll(control), ...(await Promise.all(others)), control.log];
    expect(control.log).toContain("m1");
    expect(events.length).toBeGreaterThan(5);
    expect([...all, JSON.stringify(events)].join("\n")).not.toContain(SECRET);
  });
});
