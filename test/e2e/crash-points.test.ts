/**
 * The program dies between two commits. Each point is set from outside: commits to one table are
 * refused, so the program has made the commit before and cannot make the one after.
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { block } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const id = "ledger";

function start(database: Database): Promise<Program> {
  const env = { TROUPE_AGENTS: agents, TROUPE_LOG: "error" };
  return Program.start({ cwd: database.folder, env });
}

/** From now on nothing can be committed to the table, though it can be read. */
function refuseCommits(database: Database, table: string): Promise<() => Promise<void>> {
  return block(join(database.location, `${table}.lance`, "_transactions"));
}

/** A program with one agent that takes steps. */
async function startLedger(database: Database): Promise<Program> {
  const program = await start(database);
  const config = { interval_ms: 20 };
  await database.processed(database.queue.agentCreate(id, "test", { agentType: "ledger", config }));
  return program;
}

test("between the append of a step and the merge of its row: the step is not taken again", async () => {
  await using database = await Database.make();
  await using doomed = await startLedger(database);
  await database.processed(database.queue.agentInterrupt(id, "test", { n: 1 }));
  await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
  const mend = await refuseCommits(database, "agent_state");
  const lastStep = async () => (await database.steps(id)).at(-1)?.iteration ?? 0;
  const before = await lastStep();
  await until(async () => (await lastStep()) > before + 30);
  await doomed.end("SIGKILL");
  const stored = await lastStep();
  expect((await database.store.agents.find(id))?.iteration).toBeLessThan(stored);
  await mend();

  await using _next = await start(database);
  const row = await database.agent(id, ({ iteration }) => iteration > stored);
  expect(row).toMatchObject({ context: '{"seen":[1]}', generation: 2 });
  const iterations = (await database.steps(id)).map(({ iteration }) => iteration);
  expect(iterations).toEqual(iterations.map((_, n) => n + 1));
});

test("between the last step of an agent that is done and its row: it takes no further step", async () => {
  await using database = await Database.make();
  await using doomed = await start(database);
  const end = join(database.folder, "end");
  const config = { diary: join(database.folder, "diary"), end, isClinging: true };
  const created = database.queue.agentCreate(id, "test", { agentType: "last-words", config });
  await database.processed(created);
  await database.status(id, "running");
  const mend = await refuseCommits(database, "agent_state");
  await writeFile(end, "");
  await until(async () => (await database.steps(id)).length === 1);
  await doomed.end("SIGKILL");
  expect(await database.store.agents.find(id)).toMatchObject({ iteration: 0, status: "running" });
  await mend();

  await using _next = await start(database);
  const row = await database.status(id, "stopped");
  expect(row).toMatchObject({ iteration: 1, generation: 1 });
  expect(await database.steps(id)).toHaveLength(1);
});

test("between an action's effect and its ack: the effect is not repeated", async () => {
  await using database = await Database.make();
  const { queue, store } = database;
  const first = await startLedger(database);
  await database.processed(queue.agentPause(id, "test"));
  await first.end();
  const action = await queue.agentInterrupt(id, "test", { n: 1 });
  const mend = await refuseCommits(database, "queue");
  await using doomed = await start(database);
  await database.agent(id, ({ applied_actions }) => applied_actions.includes(action));
  await doomed.end("SIGKILL");
  expect(await store.queue.find(action)).toMatchObject({ processed: false });
  await mend();

  await using _next = await start(database);
  expect(await database.processed(action)).toMatchObject({ outcome: "done" });
  await database.processed(queue.agentResume(id, "test"));
  const row = await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
  expect(row.context).toBe('{"seen":[1]}');
});

test("between an ack and its forgetting: the action is done, and its id does no harm", async () => {
  await using database = await Database.make();
  const { queue, store } = database;
  await using doomed = await startLedger(database);
  await database.processed(queue.agentPause(id, "test"));
  await database.status(id, "paused");
  const action = await queue.agentInterrupt(id, "test", { n: 1 });
  await database.processed(action);
  // Nothing saves the row of a paused agent again, so it still has the id.
  await doomed.end("SIGKILL");
  expect((await store.agents.find(id))?.applied_actions).toContain(action);

  await using _next = await start(database);
  await database.processed(queue.agentResume(id, "test"));
  const row = await database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
  expect(row.context).toBe('{"seen":[1]}');
  expect((await store.queue.find(action))?.outcome).toBe("done");
});
