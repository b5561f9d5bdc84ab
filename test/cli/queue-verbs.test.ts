import { afterAll, beforeAll, expect, test } from "vitest";
import { viewAction } from "../../src/model/agent-view.ts";
import { newAction } from "../support/sample-rows.ts";
import { troupe } from "./command.ts";
import { makeDatabase, type TestDatabase } from "./test-database.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await makeDatabase();
  const { queue } = database.store;
  const base = { action: "agent_pause", actor: "ann", payload: "{}" };
  await queue.append([
    newAction({ ...base, id: "1", agent_id: "agent1", created_at: 1_000 }),
    newAction({
      ...base,
      id: "2",
      agent_id: "agent2",
      created_at: 2_000,
      payload: "no JSON \u001b[2J",
    }),
    newAction({
      ...base,
      id: "3",
      agent_id: "agent1",
      created_at: 3_000,
      metadata: '{"reason":"why"}',
    }),
  ]);
  const end = { attempts: 0, processed_at: 4_000 };
  const error = { code: "ACTION_MALFORMED", message: "payload must be JSON text" };
  await queue.ack([
    { ...end, id: "1", outcome: "done", error: null },
    { ...end, id: "2", outcome: "rejected", error },
  ]);
});

afterAll(() => database[Symbol.asyncDispose]());

async function listed(...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout } = await troupe(database, "queue", "list", "-o", "json", ...args);
  expect(code).toBe(0);
  return JSON.parse(stdout).items.map(({ id }: { id: string }) => id);
}

test("queue list shows the newest first, and filters", async () => {
  expect(await listed()).toEqual(["3", "2", "1"]);
  expect(await listed("--pending")).toEqual(["3"]);
  expect(await listed("--outcome", "rejected")).toEqual(["2"]);
  expect(await listed("--agent", "agent1")).toEqual(["3", "1"]);
  expect(await listed("--agent", "agent1' OR '1'='1")).toEqual([]);
  expect(await listed("--limit", "1")).toEqual(["3"]);
});

test("queue list as text has a line for each action", async () => {
  const { stdout } = await troupe(database, "queue", "list");
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^id +action +agent +outcome +created +error +actor$/);
  expect(lines[1]).toMatch(/^3 +agent_pause +agent1 +pending +\d+ d ago +ann$/);
  expect(lines[2]).toMatch(/^2 .* rejected .* ACTION_MALFORMED +ann$/);
});

test("queue show prints everything about an action", async () => {
  const { code, stdout } = await troupe(database, "queue", "show", "2");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^outcome +rejected$/m);
  expect(stdout).toMatch(/^error +ACTION_MALFORMED: payload must be JSON text$/m);
  expect(stdout).toMatch(/^payload +no JSON$/m);
  const json = await troupe(database, "queue", "show", "3", "-o", "json");
  const row = await database.store.queue.find("3");
  expect(JSON.parse(json.stdout)).toEqual(row && viewAction(row));
  expect(JSON.parse(json.stdout).metadata).toEqual({ reason: "why" });
});

test("a note of an action that is done is not an error", async () => {
  await using other = await makeDatabase();
  const { queue } = other.store;
  const base = { action: "agent_destroy", actor: "ann", payload: "{}", agent_id: "agent1" };
  await queue.append([newAction({ ...base, id: "1", created_at: 1_000 })]);
  const error = {
    code: "AGENT_STOPPED",
    message: "agent1 is stopped: it ended by itself, after 3 ms",
  };
  await queue.ack([{ attempts: 0, processed_at: 2_000, id: "1", outcome: "done", error }]);
  const { stdout } = await troupe(other, "queue", "list");
  const [head = "", line = ""] = stdout.split("\n");
  expect(line.indexOf("AGENT_STOPPED")).toBe(head.indexOf("note"));
  const shown = (await troupe(other, "queue", "show", "1")).stdout;
  expect(shown).toMatch(/^note +AGENT_STOPPED: agent1 is stopped/m);
  expect(shown).not.toMatch(/^error/m);
});

test("queue show of an unknown action ends with exit code 3", async () => {
  const { code, stdout, stderr } = await troupe(database, "queue", "show", "4");
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  expect(stderr).toBe('troupe: ACTION_NOT_FOUND: no action has the id "4"\n');
});
