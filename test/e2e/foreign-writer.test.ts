import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const writer = fileURLToPath(new URL("../support/foreign-writer.ts", import.meta.url));

interface ForeignRow {
  readonly id: string;
  readonly action: string;
  readonly payload: string;
}

/** Appends the rows from a process that knows LanceDB and nothing of Troupe. */
async function appendForeign(location: string, rows: readonly ForeignRow[]): Promise<void> {
  const child = spawn(process.execPath, [writer, location], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  child.stdin.end(JSON.stringify(rows));
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
}

const create = (id: string, agentId: string): ForeignRow => ({
  id,
  action: "create_agent",
  payload: JSON.stringify({ agent_id: agentId, initial_subject: "cats" }),
});

test("a foreign process that fills only the columns it must is served the same", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  await appendForeign(database.location, [create("foreign-1", "agent1")]);
  expect(await database.processed("foreign-1")).toMatchObject({
    outcome: "done",
    // Of its payload.
    agent_id: "agent1",
  });
  await database.agent("agent1", (row) => row.status === "running" && row.iteration > 0);
});

test("rows that make no sense end rejected with a code and disturb nothing", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  const bad: readonly (readonly [ForeignRow, string])[] = [
    [{ ...create("bad-json", "x"), payload: "{not json" }, "ACTION_MALFORMED"],
    [{ ...create("bad-action", "x"), action: "agent_explode" }, "ACTION_UNKNOWN"],
    [{ ...create("bad-none", "x"), payload: "{}" }, "AGENT_ID_INVALID"],
    [create("bad-long", "a".repeat(10_000)), "AGENT_ID_INVALID"],
    [create("bad-sql", "' OR '1'='1"), "AGENT_ID_INVALID"],
    [create("bad-quote' OR '1'='1", "it's"), "AGENT_ID_INVALID"],
    [
      { ...create("bad-unknown", "x"), action: "agent_pause", payload: '{"agent_id":"nobody"}' },
      "AGENT_UNKNOWN",
    ],
    [
      { ...create("bad-type", "x"), payload: '{"agent_id":"x","agent_type":"poet"}' },
      "AGENT_TYPE_UNKNOWN",
    ],
    [
      { ...create("bad-config", "x"), payload: '{"agent_id":"x","config":{"interval_ms":-1}}' },
      "AGENT_CONFIG_INVALID",
    ],
  ];
  await appendForeign(database.location, [
    create("good-1", "agent1"),
    ...bad.map(([row]) => row),
    create("good-2", "agent2"),
  ]);
  for (const [{ id }, code] of bad) {
    expect(await database.processed(id), id).toMatchObject({
      outcome: "rejected",
      error: { code },
    });
  }
  for (const id of ["good-1", "good-2"]) {
    expect(await database.processed(id)).toMatchObject({ outcome: "done" });
  }
  const { items } = await database.store.agents.list();
  expect(items.map((row) => row.agent_id)).toEqual(["agent1", "agent2"]);
});

test("of rows that share an id the first is carried out and the others are rejected", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  await appendForeign(database.location, [create("same", "agent1"), create("same", "agent2")]);
  const rows = () => database.store.queue.list({ status: "processed" });
  const both = await until(async () => {
    const { items } = await rows();
    return items.length === 2 && items;
  });
  expect(both.map((row) => row.outcome).sort()).toEqual(["done", "rejected"]);

  await appendForeign(database.location, [create("same", "agent3")]);
  const three = await until(async () => {
    const { items } = await rows();
    return items.length === 3 && items;
  });
  const late = three.find((row) => row.payload.includes("agent3"));
  expect(late).toMatchObject({ outcome: "rejected", error: { code: "ACTION_DUPLICATE" } });
  expect(await database.store.agents.find("agent3")).toBeUndefined();
});
