/**
 * The program dies after an interrupt has ended as done and before the agent's row has its guidance:
 * the next start delivers it, unless a step has used it. Commits of rows are refused from outside.
 */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { connect, type TroupeClient } from "../../src/index.ts";
import type { AgentRow } from "../../src/model/agent.ts";
import { block } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const WAIT_MS = 30_000;
const id = "agent1";

interface Served {
  readonly program: Program;
  readonly client: TroupeClient;
}

async function serve({ folder }: Database): Promise<Served> {
  const env = { TROUPE_AGENTS: agents, TROUPE_LOG: "error" };
  const program = await Program.start({ cwd: folder, env });
  const { address, token } = await program.served();
  return { program, client: connect(address, { token }) };
}

async function done(client: TroupeClient, action: Promise<string>): Promise<string> {
  const actionId = await action;
  expect(await client.actionWait(actionId, WAIT_MS)).toMatchObject({ outcome: "done" });
  return actionId;
}

async function startLedger(database: Database, isPaused: boolean): Promise<Served> {
  const served = await serve(database);
  const { client } = served;
  const config = { interval_ms: 20 };
  await done(client, client.agentCreate(id, "test", { agentType: "ledger", config }));
  if (isPaused) await done(client, client.agentPause(id, "test"));
  if (isPaused) await database.status(id, "paused");
  return served;
}

/** From now on no agent's row can be committed. */
function refuseRows({ location }: Database): Promise<() => Promise<void>> {
  return block(join(location, "agent_state.lance", "_transactions"));
}

/** Resolves once the table has the action's end. */
async function untilWritten(database: Database, actionId: string): Promise<void> {
  await until(async () => (await database.store.queue.find(actionId))?.processed);
}

async function kill({ program }: Served): Promise<void> {
  await program.end("SIGKILL");
  await program[Symbol.asyncDispose]();
}

const idsOf = ({ pending_guidance }: AgentRow) =>
  pending_guidance.map(({ action_id }) => action_id);

/** The ledger after it has run again: the guidance that it was given, in order. */
async function seenAfter(database: Database, client: TroupeClient): Promise<string> {
  await done(client, client.agentResume(id, "test"));
  const { iteration } = await database.agent(id, (row) => row.pending_guidance.length === 0);
  const { context } = await database.agent(id, (row) => row.iteration > iteration + 2);
  return context;
}

test("guidance that no row has is shown before the death, and used once after it", async () => {
  await using database = await Database.make();
  const doomed = await startLedger(database, true);
  const mend = await refuseRows(database);
  const sent: string[] = [];
  for (const n of [1, 2, 3]) {
    sent.push(await done(doomed.client, doomed.client.agentInterrupt(id, "test", { n })));
  }
  for (const actionId of sent) await untilWritten(database, actionId);
  const shown = await doomed.client.agentFind(id);
  expect(shown?.pending_guidance.map(({ action_id }) => action_id)).toEqual(sent);
  await kill(doomed);
  const left = await database.store.agents.find(id);
  expect(left && idsOf(left)).toEqual([]);
  await mend();

  const next = await serve(database);
  await using _program = next.program;
  expect(idsOf(await database.agent(id, (row) => idsOf(row).length === 3))).toEqual(sent);
  expect(await seenAfter(database, next.client)).toBe('{"seen":[1,2,3]}');
});

test("guidance that a stored step has used is not used again, though no row ever had it", async () => {
  await using database = await Database.make();
  const doomed = await startLedger(database, false);
  const mend = await refuseRows(database);
  const actionId = await done(doomed.client, doomed.client.agentInterrupt(id, "test", { n: 1 }));
  await until(async () =>
    (await database.steps(id)).some(({ guidance_used }) => guidance_used?.includes(actionId)),
  );
  await kill(doomed);
  await mend();

  const next = await serve(database);
  await using _program = next.program;
  expect(await seenAfter(database, next.client)).toBe('{"seen":[1]}');
  expect(await next.client.actionFind(actionId)).toMatchObject({ outcome: "done" });
});

test("guidance of an agent that was done meanwhile stays in its row as unused", async () => {
  await using database = await Database.make();
  const doomed = await serve(database);
  const { client } = doomed;
  const [diary, end] = [join(database.folder, "diary"), join(database.folder, "end")];
  const config = { diary, end };
  await done(client, client.agentCreate(id, "test", { agentType: "last-words", config }));
  await until(() => existsSync(diary));
  const mend = await refuseRows(database);
  const actionId = await done(client, client.agentInterrupt(id, "test", { n: 1 }));
  await writeFile(end, "");
  await until(async () => (await database.steps(id)).length === 1);
  await kill(doomed);
  expect(await database.store.agents.find(id)).toMatchObject({ iteration: 0 });
  await mend();

  const next = await serve(database);
  await using _program = next.program;
  const row = await database.agent(id, (one) => one.status === "stopped" && idsOf(one).length > 0);
  expect(idsOf(row)).toEqual([actionId]);
});

test("guidance of an agent whose destroy the death has cut short stays in its row as unused", async () => {
  await using database = await Database.make();
  const doomed = await startLedger(database, true);
  const { client } = doomed;
  const mend = await refuseRows(database);
  const actionId = await done(client, client.agentInterrupt(id, "test", { n: 1 }));
  const destroy = await client.agentDestroy(id, "test");
  await until(async () => (await database.store.queue.find(destroy)) !== undefined);
  await kill(doomed);
  await mend();

  const next = await serve(database);
  await using _program = next.program;
  expect(await next.client.actionWait(destroy, WAIT_MS)).toMatchObject({ outcome: "done" });
  const row = await database.agent(id, (one) => idsOf(one).length > 0);
  expect(row).toMatchObject({ status: "stopped" });
  expect(idsOf(row)).toEqual([actionId]);
});

test("guidance on which a step has thrown is there for the next try, also after the death", async () => {
  await using database = await Database.make();
  const doomed = await serve(database);
  const { client } = doomed;
  await done(client, client.agentCreate(id, "test", { agentType: "reader" }));
  const file = join(database.folder, "file");
  const actionId = await done(client, client.agentInterrupt(id, "test", { file }));
  await until(async () => (await database.steps(id)).some(({ status }) => status === "error"));
  await kill(doomed);
  await writeFile(file, "read");

  const next = await serve(database);
  await using _program = next.program;
  const used = await until(async () =>
    (await database.steps(id)).find(({ guidance_used }) => guidance_used?.includes(actionId)),
  );
  expect(used).toMatchObject({ status: "ok", result: "read" });
  expect(idsOf(await database.agent(id, (row) => row.iteration >= used.iteration))).toEqual([]);
});
