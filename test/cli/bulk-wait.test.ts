/** Verbs for many agents: exit codes, receipts when something fails, and reads after the deadline. */

import { expect, test } from "vitest";
import type { ActionOutcome } from "../../src/model/action.ts";
import { newAction } from "../support/sample-rows.ts";
import { json, problem, type Script, ScriptedHttp } from "../support/scripted-http.ts";
import { until } from "../support/until.ts";
import { type CommandPlace, RunningCommand, troupe } from "./command.ts";
import { agentRow } from "./sample-rows.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

const resume = ["agent", "resume", "--status", "paused"];

async function makePaused(...ids: readonly string[]): Promise<TestDatabase> {
  const database = await makeDatabase();
  const { agents } = database.store;
  for (const id of ids) await agents.record(agentRow(id, { status: "paused", paused: true }));
  return database;
}

/** The actions of the command, by their agents, once all of them are in the queue. */
async function queued({ store }: TestDatabase, count: number) {
  const rows = await until(async () => {
    const { items } = await store.queue.list({ status: "pending" });
    return items.length === count && items;
  });
  return new Map(rows.map(({ agent_id, id }) => [agent_id, id]));
}

function end({ store }: TestDatabase, id = "", outcome: ActionOutcome = "done"): Promise<unknown> {
  const error = outcome === "done" ? null : { code: "INTERNAL", message: `it ended ${outcome}` };
  return store.queue.ack([{ id, outcome, error, attempts: 1, processed_at: Date.now() }]);
}

test.each<[ActionOutcome, ActionOutcome, number]>([
  ["done", "done", 0],
  ["cancelled", "done", 4],
  ["done", "rejected", 4],
  ["rejected", "dead", 1],
])("the exit code of %s and %s is %i, that of the worse", async (first, second, code) => {
  await using database = await makePaused("a1", "a2");
  await using command = new RunningCommand(database, [...resume, "--wait", "60"]);
  const ids = await queued(database, 2);
  await end(database, ids.get("a2"), second);
  await end(database, ids.get("a1"), first);
  const ended = await command.ended();
  const stdout = `${ids.get("a1")} a1 ${first}\n${ids.get("a2")} a2 ${second}\n`;
  expect(ended).toMatchObject({ code, stdout });
  const done = [first, second].filter((outcome) => outcome === "done").length;
  expect(ended.stderr).toMatch(new RegExp(`^${done} of 2 done\n`, "m"));
  for (const outcome of [first, second]) {
    const note = expect.stringContaining(`: troupe: INTERNAL: it ended ${outcome}\n`);
    if (outcome !== "done") expect(ended.stderr).toEqual(note);
  }
});

test("after the deadline each action is shown as it is, whatever ids others give to theirs", async () => {
  await using database = await makePaused("a1", "a2", "a3");
  await using command = new RunningCommand(database, [...resume, "--wait", "4", "-o", "json"]);
  const ids = await queued(database, 3);
  const payload = JSON.stringify({ agent_id: "a1" });
  const newest = { action: "agent_resume", payload, created_at: Date.now() + 1_000 };
  await database.store.queue.append([newAction({ ...newest, id: "0" })]);
  await end(database, ids.get("a2"));
  await end(database, ids.get("a3"), "rejected");
  const { code, stdout, stderr } = await command.ended();
  expect(code).toBe(4);
  expect(JSON.parse(stdout).items).toMatchObject([
    { id: ids.get("a1"), outcome: null },
    { id: ids.get("a2"), outcome: "done" },
    { id: ids.get("a3"), outcome: "rejected" },
  ]);
  expect(stderr).toMatch(/^1 of 3 done$/m);
});

interface Answers {
  readonly agents: readonly string[];
  /** Answers to enqueues, in turn. */
  readonly enqueues: readonly Script[];
  readonly action?: (id: string) => object;
  /** All actions, newest first; left out: reading them fails. */
  readonly rows?: readonly object[];
}

async function startServer({ agents, enqueues, action, rows }: Answers): Promise<ScriptedHttp> {
  const left = [...enqueues];
  return await ScriptedHttp.start((response, request) => {
    const { pathname, searchParams } = new URL(request.url, "http://server");
    const id = /^\/api\/actions\/(.+)$/.exec(pathname)?.[1];
    if (request.method === "POST") return left.shift()?.(response, request);
    if (id !== undefined) return json(action?.(id) ?? {})(response, request);
    if (pathname === "/api/actions") {
      // A command first looks whether the server is there.
      return listOf(searchParams.get("limit") === "1" ? [] : rows)(response, request);
    }
    const from = Number(searchParams.get("cursor") ?? 0);
    const items = agents.slice(from, from + 1_000).map((agent_id) => ({
      agent_id,
      status: "paused",
    }));
    const next_cursor = from + 1_000 < agents.length ? String(from + 1_000) : null;
    json({ items, next_cursor })(response, request);
  });
}

function listOf(items: readonly object[] | undefined): Script {
  return items === undefined ? unavailable : json({ items, next_cursor: null });
}

const unavailable = problem(503, { code: "STORE_UNAVAILABLE", detail: "the disk is full" });
const ids = (count: number) => Array.from({ length: count }, (_, n) => `id${n}`);
const lines = (count: number) => ids(count).map((id, n) => `${id} a${n}\n`);

async function resumeAt(server: ScriptedHttp, ...args: readonly string[]) {
  await using folder = await makeDatabase();
  const place: CommandPlace = { cwd: folder.cwd };
  const token = "a-token-of-the-test";
  return await troupe(place, ...resume, "--url", server.url, "--token", token, ...args);
}

test.each([[[]], [["--wait", "5"]], [["-o", "json"]], [["-o", "json", "--wait", "5"]]])(
  "what is enqueued is printed if a later batch fails: %j",
  async (args) => {
    const agents = ids(1_001).map((_, n) => `a${n}`);
    const enqueues = [json({ action_ids: ids(1_000) }), unavailable];
    await using server = await startServer({ agents, enqueues });
    const { code, stdout, stderr } = await resumeAt(server, ...args);
    expect(code).toBe(1);
    expect(stderr).toContain("1000 of 1001 actions are known to be enqueued; then it failed\n");
    expect(stderr).toContain("troupe: STORE_UNAVAILABLE: the disk is full\n");
    if (!args.includes("json")) return expect(stdout).toBe(lines(1_000).join(""));
    const items = ids(1_000).map((action_id, n) => ({ action_id, agent_id: `a${n}` }));
    expect(JSON.parse(stdout)).toEqual({ items });
  },
);

test("a wait that fails leaves a receipt of each action whose end is not known", async () => {
  const agents = ["a0", "a1", "a2"];
  const action = (id: string) => ({ id, processed: id === "id0", outcome: "done", error: null });
  const answers = { agents, enqueues: [json({ action_ids: ids(3) })], action };
  await using server = await startServer(answers);
  const text = await resumeAt(server, "--wait", "1");
  expect(text).toMatchObject({ code: 1, stdout: "id0 a0 done\nid1 a1\nid2 a2\n" });
  expect(text.stderr).toContain("the ends of 2 of 3 actions are not known; the wait failed\n");
  await using again = await startServer(answers);
  const asJson = await resumeAt(again, "--wait", "1", "-o", "json");
  expect(asJson.code).toBe(1);
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    items: [{ id: "id0" }],
    unread: [
      { action_id: "id1", agent_id: "a1" },
      { action_id: "id2", agent_id: "a2" },
    ],
  });
});

test("after the deadline each action is shown as it is, though a server's ids are in no order", async () => {
  const actionIds = ["f0", "10", "80"];
  const agents = ["a0", "a1", "a2"];
  const row = (id: string, outcome: string | null) => ({ id, outcome, error: null, created_at: 1 });
  await using server = await startServer({
    agents,
    enqueues: [json({ action_ids: actionIds })],
    action: (id) => ({ id, processed: false }),
    rows: [row("00", null), row("80", "done"), row("10", "done"), row("f0", null)],
  });
  const { code, stdout } = await resumeAt(server, "--wait", "1");
  expect({ code, stdout }).toEqual({ code: 5, stdout: "f0 a0 pending\n10 a1 done\n80 a2 done\n" });
});
