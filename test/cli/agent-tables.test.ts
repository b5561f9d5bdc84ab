import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { widthOf } from "../../src/cli/text/plain-text.ts";
import { listedResult } from "../../src/model/agent-view.ts";
import { listedStep } from "../../src/model/step.ts";
import { noFigure } from "../../src/model/usage-sums.ts";
import { troupe } from "./command.ts";
import { agentRow, stepRow } from "./sample-rows.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;

const rows = [
  agentRow("agent1", { status: "running", restarts: 2 }),
  agentRow("agent2", { status: "pausing", paused: true, current_subject: "日本語の猫" }),
  agentRow("agent3", { status: "stopping", result: `${"🐱".repeat(80)}\u001b[31m` }),
  agentRow("agent4", { status: "starting", agent_type: "poet" }),
  agentRow("agent5", { status: "error", updated_at: Date.now() - 3_600_000 }),
];
const steps = [1, 2, 3].map((iteration) =>
  stepRow("agent1", { iteration, result: `joke ${iteration}` }),
);

beforeAll(async () => {
  database = await makeDatabase();
  for (const row of rows) await database.store.agents.record(row);
  const [row] = rows;
  for (const step of steps) if (row !== undefined) await database.store.agents.record(row, step);
});

afterAll(() => database[Symbol.asyncDispose]());

/** Cells of a table whose columns are two spaces apart at least. */
function cellsOf(stdout: string): readonly (readonly string[])[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().split(/ {2,}/));
}

test("agent list shows no agent as running if no supervisor runs", async () => {
  const { code, stdout, stderr } = await troupe(database, "agent", "list");
  expect(code).toBe(0);
  expect(stderr).toBe(`no supervisor runs on ${database.location} now\n`);
  const [head, ...lines] = cellsOf(stdout);
  expect(head).toEqual(["id", "status", "iteration", "subject", "result", "restarts", "updated"]);
  expect(lines.map(([id, status]) => [id, status])).toEqual([
    ["agent1", "restarting"],
    ["agent2", "paused"],
    ["agent3", "stopped"],
    ["agent4", "restarting"],
    ["agent5", "error"],
  ]);
  expect(lines[0]).toMatchObject({ 2: "3", 3: "cats", 4: "a joke", 5: "2" });
  expect(lines[4]?.[6]).toBe("1 h ago");
});

test("agent list shows statuses as they are while a supervisor runs", async () => {
  await using _held = await database.supervise();
  const { stdout, stderr } = await troupe(database, "agent", "list", "-o", "json");
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toEqual({
    items: rows.map((row) => {
      const { context: _, history: __, steps_since: ___, turn: ____, usage: _____, ...rest } = row;
      const result = listedResult(row.result);
      return { ...rest, live: null, residency: null, spent: noFigure, result };
    }),
    next_cursor: null,
  });
});

test("agent list stays aligned and within its width for any text of agents", async () => {
  const { stdout } = await troupe(database, "agent", "list");
  expect(stdout).not.toContain("\u001b");
  const lines = stdout.trimEnd().split("\n");
  expect(new Set(lines.map(widthOf))).toEqual(new Set([120]));
  expect(lines[3]).toMatch(/🐱…/);
});

test("agent list filters and pages", async () => {
  const first = await troupe(database, "agent", "list", "-ojson", "--limit", "2");
  const page = JSON.parse(first.stdout);
  expect(page.items).toHaveLength(2);
  const args = ["--limit", "1000", "--cursor", page.next_cursor];
  const rest = JSON.parse((await troupe(database, "agent", "list", "-ojson", ...args)).stdout);
  expect(rest.items.map((row: { agent_id: string }) => row.agent_id)).toEqual([
    "agent3",
    "agent4",
    "agent5",
  ]);
  const text = await troupe(database, "agent", "list", "--limit", "2");
  expect(text.stderr).toContain(`there is more: --cursor ${page.next_cursor}\n`);
  const poets = await troupe(database, "agent", "list", "--type", "poet");
  expect(cellsOf(poets.stdout).slice(1)).toMatchObject([{ 0: "agent4" }]);
  const japanese = await troupe(database, "agent", "list", "--search", "日本");
  expect(cellsOf(japanese.stdout).slice(1)).toMatchObject([{ 0: "agent2" }]);
  const wrong = await troupe(database, "agent", "list", "--cursor", "x");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
});

test("agent list names what is wrong, in the order that people expect, and filters by status", async () => {
  await using other = await makeDatabase();
  await using _held = await other.supervise();
  const { agents } = other.store;
  const failed = (iteration: number) => ({
    code: "AGENT_PAUSED_BY_FAILURES",
    message: "paused itself",
    details: { iteration },
  });
  const paused = { status: "paused", paused: true, iteration: 3 } as const;
  await agents.record(agentRow("agent10", { ...paused, last_error: failed(3) }));
  await agents.record(agentRow("agent9", { ...paused, last_error: failed(2) }));
  await agents.record(agentRow("agent1"));
  const lost = { code: "AGENT_REPORT_INVALID", message: "a Map", details: { iteration: 3 } };
  await agents.record(agentRow("agent2", { status: "running", iteration: 3, last_error: lost }));
  const { stdout } = await troupe(other, "agent", "list");
  const [head, ...lines] = cellsOf(stdout);
  expect(head?.slice(0, 3)).toEqual(["id", "status", "trouble"]);
  expect(lines.map((cells) => cells.slice(0, 3))).toEqual([
    ["agent1", "running", "3"],
    ["agent2", "running", "AGENT_REPORT_INVALID"],
    ["agent9", "paused", "3"],
    ["agent10", "paused", "AGENT_PAUSED_BY_FAILURES"],
  ]);
  const some = await troupe(other, "agent", "list", "-ojson", "--status", "running");
  const running = [{ agent_id: "agent1" }, { agent_id: "agent2" }];
  expect(JSON.parse(some.stdout).items).toMatchObject(running);
  const none = await troupe(other, "agent", "list", "--status", "asleep");
  expect(none.code).toBe(2);
});

test("agent list filters by the status that it shows", async () => {
  const { stdout } = await troupe(database, "agent", "list", "-ojson", "--status", "restarting");
  const ids = JSON.parse(stdout).items.map((row: { agent_id: string }) => row.agent_id);
  expect(ids).toEqual(["agent1", "agent4"]);
});

test("agent list makes no tables in a folder that is not a database", async () => {
  const folder = join(database.cwd, "other");
  await mkdir(folder);
  const { code } = await troupe(database, "agent", "list", "--db", "other");
  expect(code).toBe(3);
  expect(readdirSync(folder)).toEqual([]);
});

test("agent steps lists the newest first", async () => {
  const { code, stdout } = await troupe(database, "agent", "steps", "agent1", "--limit", "2");
  expect(code).toBe(0);
  const [head, ...lines] = cellsOf(stdout);
  expect(head).toEqual([
    "iteration",
    "status",
    "subject",
    "result",
    "took",
    "ended",
    "model",
    "tokens",
  ]);
  expect(lines.map((cells) => cells.slice(0, 5))).toEqual([
    ["3", "ok", "cats", "joke 3", "40 ms"],
    ["2", "ok", "cats", "joke 2", "40 ms"],
  ]);
  const json = await troupe(database, "agent", "steps", "agent1", "-ojson");
  expect(JSON.parse(json.stdout)).toEqual({
    items: steps.toReversed().map(listedStep),
    next_cursor: null,
  });
});

test("agent steps are those with a status, if one is given", async () => {
  const listed = async (status: string) => {
    const given = ["agent", "steps", "agent1", "--status", status, "-ojson"];
    return await troupe(database, ...given);
  };
  expect(JSON.parse((await listed("ok")).stdout).items).toHaveLength(steps.length);
  expect(JSON.parse((await listed("error")).stdout).items).toEqual([]);
  const wrong = await listed("broken");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("ok, error, aborted");
});

test("agent steps of an agent without any is an empty list, of an unknown one exit code 3", async () => {
  const none = await troupe(database, "agent", "steps", "agent2", "-ojson");
  expect(none.code).toBe(0);
  expect(JSON.parse(none.stdout)).toEqual({ items: [], next_cursor: null });
  const unknown = await troupe(database, "agent", "steps", "nobody");
  expect(unknown).toMatchObject({ code: 3, stdout: "" });
  expect(unknown.stderr).toContain("AGENT_UNKNOWN");
});
