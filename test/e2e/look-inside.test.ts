/** A look inside agents' threads by REST and by the command line, with the built program. */

import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { troupe } from "../cli/command.ts";
import { findProfileFault } from "../support/cpu-profile.ts";
import { addressOf } from "../support/dashboard.ts";
import { Database } from "../support/database.ts";
import { HANG_LINE, writeInsideAgents } from "../support/inside-agents.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

let database: Database;
let program: Program;
let place: { readonly cwd: string };
let base: URL;
beforeAll(async () => {
  database = await Database.make();
  const agents = await writeInsideAgents(database.folder);
  program = await Program.start({ cwd: database.folder, env: { TROUPE_AGENTS: agents } });
  base = new URL(await addressOf(program));
  place = { cwd: database.folder };
  await make("hung", "hanger", { folder: database.folder });
  await until(() => existsSync(join(database.folder, "hangs")));
});
afterAll(async () => {
  await program[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

async function make(id: string, agentType: string, config: object = {}) {
  const settings = { interval_ms: 50, ...config };
  const made = database.queue.agentCreate(id, "test", { agentType, config: settings });
  expect(await database.processed(made)).toMatchObject({ outcome: "done" });
}

const token = () => base.searchParams.get("token") ?? "";

async function get(path: string) {
  const headers = { authorization: `Bearer ${token()}` };
  const response = await fetch(new URL(path, base), { headers });
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is the test itself
  const json: any = await response.json();
  return { status: response.status, headers: response.headers, json };
}

const place0 = `agents/hanger.ts:${HANG_LINE}:`;

test("an agent in an endless loop is at its file and line, in the source that was written", async () => {
  const { status, json } = await get("/api/agents/hung/stack");
  expect(status).toBe(200);
  const own = json.frames.filter((frame: { owner: string }) => frame.owner === "agent");
  expect(own).toMatchObject([
    { function: "turnForever", file: expect.stringMatching(/hanger\.ts$/), line: HANG_LINE },
    { function: "step", file: expect.stringMatching(/hanger\.ts$/) },
  ]);
  const others = json.frames.filter((frame: { owner: string }) => frame.owner === "troupe");
  // Not the thread's bundle, but the sources that it was made of.
  expect(others.map((frame: { file: string }) => frame.file)).toContainEqual(
    expect.stringMatching(/src\/actor\/.+\.ts$/),
  );
});

test("the watchdog names the place by itself, in the log, the figures and the command", async () => {
  await program.line(/agent does not respond.*/);
  const agent = await until(async () => {
    const { json } = await get("/api/agents/hung");
    return json.live?.unresponsive_frames && json;
  });
  expect(
    agent.live.unresponsive_frames.find((f: { owner: string }) => f.owner === "agent"),
  ).toMatchObject({ line: HANG_LINE });
  const shown = await troupe(place, "agent", "show", "hung");
  expect(shown.stdout).toContain(place0);
});

test("the command prints the agent's own calls, and all of them on request", async () => {
  const own = await troupe(place, "agent", "stack", "hung");
  expect(own.code).toBe(0);
  expect(own.stdout).toMatch(
    new RegExp(
      String.raw`^turnForever \(.*hanger\.ts:${HANG_LINE}:\d+\)\nstep \(.*hanger\.ts:\d+:\d+\)\n$`,
    ),
  );
  expect(own.stderr).toContain("hung is in step 1");
  const all = await troupe(place, "agent", "stack", "hung", "--all-frames", "-o", "json");
  expect(JSON.parse(all.stdout).frames.length).toBeGreaterThan(2);
});

test.each([
  ["cpu-profile", "cpuprofile"],
  ["heap-profile", "heapprofile"],
])("%s is a file that Chrome's tools open", async (what, ending) => {
  const { status, headers, json } = await get(`/api/agents/hung/${what}?seconds=0.3`);
  expect(status).toBe(200);
  expect(headers.get("content-disposition")).toBe(`attachment; filename="hung.${ending}"`);
  if (what === "cpu-profile") expect(findProfileFault(json)).toBeUndefined();
  else expect(json.head).toMatchObject({ callFrame: {}, selfSize: 0 });
});

test("the command writes the profile to a file", async () => {
  const file = join(database.folder, "own.cpuprofile");
  const taken = await troupe(place, "agent", "profile", "hung", "--seconds", "0.2", "--out", file);
  expect(taken).toMatchObject({ code: 0, stdout: `${file}\n` });
  expect(findProfileFault(JSON.parse(readFileSync(file, "utf8")))).toBeUndefined();
  const nowhere = await troupe(
    place,
    "agent",
    "profile",
    "hung",
    "--seconds",
    "0.1",
    "--out",
    "/no/x",
  );
  expect(nowhere).toMatchObject({ code: 2, stderr: expect.stringContaining("/no/x") });
});

test("the heap is counted by constructor", async () => {
  const { status, json } = await get("/api/agents/hung/heap-summary");
  expect(status).toBe(200);
  expect(json.items[0]).toMatchObject({ count: expect.any(Number), bytes: expect.any(Number) });
  const shown = await troupe(place, "agent", "heap", "hung", "--limit", "3");
  expect(shown.stdout.split("\n").length).toBe(5);
  expect(shown.stdout).toMatch(/constructor.+objects.+size/);
});

test("the mailbox has the guidance that the agent cannot use while it hangs", async () => {
  await database.processed(database.queue.agentInterrupt("hung", "test", { note: "later" }));
  const { json } = await get("/api/agents/hung/mailbox");
  expect(json.items).toMatchObject([{ guidance: { note: "later" } }]);
});

test("log lines are read, and followed as they come", async () => {
  await make("talker", "chatty");
  const client = connect(base.origin, { token: token() });
  const { items } = await until(async () => {
    const page = await client.inside("talker", "logs");
    return page.items.length >= 2 && page;
  });
  expect(items.slice(0, 2)).toMatchObject([
    { level: "warn", message: "a warning", fields: { iteration: 1 } },
    { level: "info", message: "said on the console", fields: null },
  ]);
  const first = items[0]?.n ?? 0;
  expect(items[1]?.n).toBe(first + 1);
  const last = await client.inside("talker", "logs", { limit: 1, after: first });
  expect(last.items).toHaveLength(1);
  const events = client.events({ agentIds: ["talker"], types: ["agent.log"] });
  const { value } = await events.next();
  expect(value).toMatchObject({ type: "agent.log", agent_id: "talker" });
  await events.return();
  const printed = await troupe(place, "agent", "logs", "talker", "--limit", "2");
  expect(printed.stdout).toMatch(
    /^\d\d:\d\d:\d\d (warn|info) +.+\n\d\d:\d\d:\d\d (warn|info) +.+\n$/,
  );
});

test("an agent that floods its log harms nobody: its lines are bounded, and only who names it gets them", async () => {
  await make("flood", "flooder");
  const client = connect(base.origin, { token: token() });
  const forAll: string[] = [];
  const ending = new AbortController();
  const listening = (async () => {
    for await (const { type } of client.events({ signal: ending.signal })) forAll.push(type);
  })();
  const { items } = await until(async () => {
    const page = await client.inside("flood", "logs");
    return page.items.some(({ message }) => message.includes("log lines dropped")) && page;
  });
  expect(items.length).toBeLessThanOrEqual(500);
  await until(() => forAll.includes("agent.step"));
  ending.abort();
  await listening;
  expect(forAll).not.toContain("agent.log");
  await database.processed(database.queue.agentDestroy("flood", "test"));
});

test("what cannot be looked into is refused with a code", async () => {
  expect(await get("/api/agents/nobody/stack")).toMatchObject({
    status: 404,
    json: { code: "AGENT_UNKNOWN" },
  });
  expect(await get("/api/agents/nobody/logs")).toMatchObject({ status: 404 });
  expect(await get("/api/agents/flood/stack")).toMatchObject({
    status: 409,
    json: { code: "AGENT_HAS_NO_THREAD", detail: expect.stringContaining("flood is stopped") },
  });
  for (const seconds of ["0", "61", "soon"]) {
    const { status, json } = await get(`/api/agents/hung/cpu-profile?seconds=${seconds}`);
    expect({ status, code: json.code }).toEqual({ status: 400, code: "REQUEST_INVALID" });
  }
  const without = await fetch(new URL("/api/agents/hung/stack", base.origin));
  expect(without.status).toBe(401);
  const unknown = await troupe(place, "agent", "stack", "nobody");
  expect(unknown.code).toBe(3);
});

test("of one agent one profile is taken at a time; one that nobody waits for ends", async () => {
  const gone = new AbortController();
  const headers = { authorization: `Bearer ${token()}` };
  const path = new URL("/api/agents/hung/cpu-profile?seconds=60", base);
  const first = fetch(path, { headers, signal: gone.signal }).catch(() => "gone");
  await until(async () => (await get("/api/agents/hung/heap-profile?seconds=0.1")).status === 409);
  expect(await get("/api/agents/hung/stack")).toMatchObject({ status: 200 });
  gone.abort();
  expect(await first).toBe("gone");
  await until(async () => (await get("/api/agents/hung/heap-profile?seconds=0.1")).status === 200);
});

test("the agent continues after all of this", async () => {
  await writeFile(join(database.folder, "released"), "");
  const row = await database.agent("hung", ({ iteration }) => iteration > 2);
  expect(row).toMatchObject({ generation: 1, restarts: 0, last_error: null, result: "released" });
});
