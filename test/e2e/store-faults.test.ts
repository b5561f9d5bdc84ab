import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { AgentRow } from "../../src/model/agent.ts";
import { findLockHolder } from "../../src/store/ownership/lock.ts";
import { type Break, block, moveAway } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const ids = ["busy1", "busy2", "busy3"];

const faults: readonly (readonly [string, Break])[] = [
  ["the steps cannot be written", (at) => block(join(at, "agent_steps.lance/data"))],
  ["the states cannot be written", (at) => block(join(at, "agent_state.lance/data"))],
  ["the database folder is gone", (at) => moveAway(at)],
];

test.each(faults)(
  "while %s the program waits, and then goes on without a gap",
  async (_, breakIt) => {
    await using database = await Database.make();
    const { queue, location } = database;
    const options = { cwd: database.folder, env: { TROUPE_AGENTS: agents, TROUPE_LOG: "info" } };
    const program = await Program.start(options);
    const config = { interval_ms: 0 };
    for (const id of ids) {
      await database.processed(queue.agentCreate(id, "test", { agentType: "ledger", config }));
    }
    await database.agents(ids.length, (row) => row.iteration > 10);
    const mend = await breakIt(location);
    await program.line(/the database takes no writes/);
    await mend();
    await program.line(/the database takes writes again/);
    const rows = new Map<string, AgentRow>();
    for (const id of ids) rows.set(id, await database.agent(id, () => true));
    await database.agents(
      ids.length,
      (row) => row.iteration > (rows.get(row.agent_id)?.iteration ?? 0),
    );
    const pause = await queue.agentPause("busy1", "test");
    expect(await database.processed(pause)).toMatchObject({ outcome: "done" });
    expect(await program.end()).toBe(0);
    for (const id of ids) {
      const iterations = (await database.steps(id)).map(({ iteration }) => iteration);
      expect(iterations).toEqual(Array.from({ length: iterations.length }, (_none, n) => n + 1));
      expect(await database.store.agents.find(id)).toMatchObject({ iteration: iterations.length });
    }
  },
);

test("a program whose database takes no writes still ends when it is asked to", async () => {
  await using database = await Database.make();
  const { queue, location } = database;
  const program = await Program.start({ cwd: database.folder });
  await database.processed(queue.agentCreate("agent1", "test", { config: { interval_ms: 10 } }));
  const mend = await block(join(location, "agent_state.lance/data"));
  await program.line(/the database takes no writes/);
  expect(await program.end()).toBe(0);
  await mend();
  expect(await findLockHolder(location)).toBeUndefined();
});

test("a program that lost its lock ends with exit code 1 and leaves the rows as they are", async () => {
  await using database = await Database.make();
  const { queue, location } = database;
  const program = await Program.start({ cwd: database.folder });
  await database.processed(queue.agentCreate("agent1", "test", { config: { interval_ms: 10 } }));
  const { epoch } = await database.status("agent1", "running");
  const lock = join(location, "troupe.lock");
  expect(await findLockHolder(location)).toMatchObject({ pid: program.pid, epoch });
  const other = JSON.stringify({ pid: process.pid, token: "another" });
  await writeFile(lock, other);
  await program.line(/no longer runs the agents of its database/);
  expect(await program.exited()).toBe(1);
  expect(await database.store.agents.find("agent1")).toMatchObject({ status: "running", epoch });
  expect(await readFile(lock, "utf8")).toBe(other);
});

test("a program whose rows were taken over by a later start ends with exit code 1", async () => {
  await using database = await Database.make();
  const program = await Program.start({ cwd: database.folder });
  const config = { interval_ms: 10 };
  await database.processed(database.queue.agentCreate("agent1", "test", { config }));
  const row = await database.agent("agent1", ({ iteration }) => iteration > 0);
  const later = { ...row, epoch: row.epoch + 1, result: "of the later start" };
  await database.store.agents.record(later);
  expect(await program.exited()).toBe(1);
  // The writer says by itself which steps its row has.
  const written = { ...later, steps_since: expect.any(String) };
  expect(await database.store.agents.find("agent1")).toEqual(written);
});
