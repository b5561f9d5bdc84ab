import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import type { ServerFleet } from "../../src/fleet/server-fleet.ts";
import { Control } from "../support/control.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { projectRoot } from "../support/tool-source.ts";

let control: Control;
let client: ServerFleet;
beforeAll(async () => {
  control = await Control.start();
  client = connect(`${control.troupe.server.url}/?token=${control.token}`);
});
afterAll(() => control.close());

const WAIT_MS = 30_000;
const config = { interval_ms: 50 };

async function ended(actionId: Promise<string>) {
  return await client.actionWait(await actionId, WAIT_MS);
}

test("the verbs steer an agent, and the reads show it", async () => {
  const created = await ended(client.agentCreate("a", "ann", { initialSubject: "cats", config }));
  expect(created).toMatchObject({ outcome: "done", payload: { agent_id: "a", config } });
  expect(await ended(client.agentPause("a", "ann", "lunch"))).toMatchObject({ outcome: "done" });
  expect(await client.agentFind("a")).toMatchObject({ paused: true, current_subject: "cats" });
  await ended(client.agentInterrupt("a", "ann", { subject: "dogs" }, { mode: "now" }));
  const waiting = await client.agentFind("a");
  expect(waiting?.pending_guidance).toMatchObject([{ guidance: { subject: "dogs" } }]);
  const metadata = { reason: "go" };
  const resumed = await ended(client.agentResume("a", "ann", "go", { metadata }));
  expect(resumed).toMatchObject({ outcome: "done", metadata });
  expect(await ended(client.environmentReload("ann"))).toMatchObject({ outcome: "done" });
  expect(await ended(client.agentDestroy("a", "ann"))).toMatchObject({ outcome: "done" });
  expect(await ended(client.agentPause("nobody", "ann"))).toMatchObject({
    outcome: "rejected",
    error: { code: "AGENT_UNKNOWN" },
  });
  const actions = await Array.fromAsync(client.actions({ agentId: "a" }));
  expect(actions.map(({ action }) => action)).toEqual([
    "agent_destroy",
    "agent_resume",
    "agent_interrupt",
    "agent_pause",
    "create_agent",
  ]);
  const steps = await Array.fromAsync(client.steps("a"));
  expect(steps.length).toBe((await client.agentFind("a"))?.iteration);
});

test("many actions are sent in one request, and agents are read in pages", async () => {
  const ids = Array.from({ length: 30 }, (_, n) => `many${String(n).padStart(2, "0")}`);
  const actionIds = await client.enqueue(
    ids.map((agent_id) => ({ action: "create_agent", actor: "ann", payload: { agent_id } })),
  );
  expect(new Set(actionIds).size).toBe(30);
  for (const id of actionIds) await client.actionWait(id, WAIT_MS);
  const first = await client.agentPage({ q: "many", limit: 12 });
  expect(first.items).toHaveLength(12);
  const cursor = first.next_cursor ?? "";
  const second = await client.agentPage({ q: "many", limit: 30, cursor });
  const seen = [...first.items, ...second.items].map(({ agent_id }) => agent_id);
  expect(seen).toEqual(ids);
  await client.enqueue(
    ids.map((agent_id) => ({ action: "agent_destroy", actor: "ann", payload: { agent_id } })),
  );
});

test("the database reports its size, and is compacted", async () => {
  const before = await client.database();
  expect(before.tables.queue.rows).toBeGreaterThan(0);
  const after = await client.databaseCompact();
  expect(after.location).toBe(before.location);
  expect(after.tables.agents_config.compacted_at).toEqual(expect.any(Number));
});

test("events report what happens to the named agents", async () => {
  const open = Promise.withResolvers<void>();
  const events = client.events({
    agentIds: ["told"],
    types: ["agent.step", "agent.status"],
    onConnection: () => open.resolve(),
  });
  const first = events.next();
  await open.promise;
  await client.agentCreate("other", "ann", { config });
  await client.agentCreate("told", "ann", { initialSubject: "cats", config });
  const seen = [(await first).value];
  for await (const event of events) {
    seen.push(event);
    if (event.type === "agent.step") break;
  }
  expect(
    new Set(seen.map((event) => event !== undefined && "agent_id" in event && event.agent_id)),
  ).toEqual(new Set(["told"]));
  expect(seen.at(-1)).toMatchObject({ type: "agent.step", data: { iteration: 1, status: "ok" } });
  for (const id of ["told", "other"]) await ended(client.agentDestroy(id, "ann"));
});

test("a token that is wrong or missing is TOKEN_REQUIRED everywhere", async () => {
  const expected = expect.objectContaining({ code: "TOKEN_REQUIRED" });
  for (const token of [{ token: "wrong" }, {}]) {
    const stranger = connect(control.troupe.server.url, token);
    await expect(stranger.agentFind("a")).rejects.toThrow(expected);
    await expect(stranger.agentPause("a", "ann")).rejects.toThrow(expected);
    await expect(stranger.events().next()).rejects.toThrow(expected);
    await expect(stranger.actionWait("1", WAIT_MS)).rejects.toThrow(expected);
  }
});

test("events, a watch and waits continue over a restart of the server, and the gap is reported", async () => {
  await using folder = await makeTempFolder();
  const before = await Control.start({ folder: folder.path });
  const { port } = before;
  const own = connect(before.troupe.server.url, { token: before.token });
  const open = Promise.withResolvers<void>();
  const events = own.events({ types: ["agent.step"], onConnection: () => open.resolve() });
  const first = events.next();
  await open.promise;
  const watch = own.watch();
  expect((await watch.next()).value).toEqual({ kind: "agents", agents: [] });
  await own.agentCreate("a", "ann", { config });
  expect((await first).value).toMatchObject({ type: "agent.step" });
  // It ends only once the restart is over, and keeps no step back meanwhile.
  const late = await own.agentPause("a", "ann", undefined, { notBefore: Date.now() + 3_600_000 });
  const waiting = own.actionWait(late, WAIT_MS);
  await before.close();
  await using _after = await Control.start({ folder: folder.path, flags: { port: String(port) } });
  const types: string[] = [];
  for await (const event of events) {
    types.push(event.type);
    if (event.type === "gap") expect(event.data.reason).toBe("restarted");
    if (types.includes("gap") && event.type === "agent.step") break;
  }
  const kinds: (string | boolean)[] = [];
  for await (const watched of watch) {
    if (watched.kind === "connection") kinds.push(watched.connection.isOpen);
    else kinds.push(watched.kind === "event" ? watched.event.type : watched.kind);
    if (watched.kind === "agents") break;
  }
  expect(kinds[0]).toBe(true);
  expect(kinds).toContain(false);
  expect(kinds.slice(-3)).toEqual([true, "gap", "agents"]);
  await own.actionCancel(late, "ann");
  expect(await waiting).toMatchObject({ outcome: "cancelled" });
});

test("a program that speaks to a server alone loads no native code", async () => {
  const script = `
    const { connect } = await import("./src/index.ts");
    await connect(process.argv[1]).agentPage({ limit: 1 });
    const { sharedObjects } = process.report.getReport();
    console.log(JSON.stringify(sharedObjects.filter((path) => path.endsWith(".node"))));`;
  const address = `${control.troupe.server.url}/?token=${control.token}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", script, address],
    { cwd: join(projectRoot), env: { PATH: process.env["PATH"] } },
  );
  expect(JSON.parse(stdout)).toEqual([]);
});
