/** Agents that rest, over the death of the process: what wakes them reaches them. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { connect, type TroupeClient } from "../../src/index.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const WAIT_MS = 30_000;
const AGENTS = 12;

interface Served {
  readonly program: Program;
  readonly client: TroupeClient;
}

async function serve({ folder }: Database): Promise<Served> {
  const env = { TROUPE_AGENTS: agents, TROUPE_LOG: "error", TROUPE_IDLE_MS: "100" };
  const program = await Program.start({ cwd: folder, env });
  const { address, token } = await program.served();
  return { program, client: connect(address, { token }) };
}

/** The ids by residency. */
async function residencies(client: TroupeClient): Promise<readonly (string | null)[]> {
  const { items } = await client.agentPage({ limit: 100 });
  return items.map(({ residency }) => residency);
}

test("guidance reaches agents that rest, over kill -9: none is lost, none is used twice", async () => {
  await using database = await Database.make();
  const ids = Array.from({ length: AGENTS }, (_, n) => `agent${n}`);
  const first = await serve(database);
  await using _first = first.program;
  const config = { next: "guidance" };
  const created = ids.map((id) =>
    first.client.agentCreate(id, "test", { agentType: "waiter", config }),
  );
  for (const id of created) await first.client.actionWait(await id, WAIT_MS);
  await until(async () => (await residencies(first.client)).every((each) => each === "warm"));
  const paused = ids.slice(0, 3);
  for (const id of paused) {
    await first.client.actionWait(await first.client.agentPause(id, "test"), WAIT_MS);
    expect(await first.client.agentFind(id)).toMatchObject({ status: "paused", residency: "warm" });
  }
  // Answered, and perhaps not even begun when the process dies.
  await Promise.all(ids.map((id) => first.client.agentInterrupt(id, "test", { n: 1 })));
  await first.program.end("SIGKILL");

  const second = await serve(database);
  await using _second = second.program;
  const running = ids.slice(paused.length);
  for (const id of running) await database.agent(id, ({ context }) => context === '{"seen":[1]}');
  for (const id of paused) {
    const waiting = await database.agent(id, (row) => row.pending_guidance.length === 1);
    expect(waiting).toMatchObject({ status: "paused", iteration: 1 });
  }
  await until(async () => (await residencies(second.client)).every((each) => each === "warm"));
  await second.program.end("SIGKILL");

  const third = await serve(database);
  await using _third = third.program;
  expect(await residencies(third.client)).toEqual(ids.map(() => "warm"));
  for (const id of ids) {
    await third.client.actionWait(await third.client.agentInterrupt(id, "test", { n: 2 }), WAIT_MS);
  }
  for (const id of paused) {
    await third.client.actionWait(await third.client.agentResume(id, "test"), WAIT_MS);
  }
  for (const id of ids) {
    const row = await database.agent(id, ({ context }) => context === '{"seen":[1,2]}');
    expect(row).toMatchObject({ status: "running", restarts: 0, last_error: null });
    const iterations = (await database.steps(id)).map(({ iteration }) => iteration);
    expect(iterations).toEqual(iterations.map((_, n) => n + 1));
  }
});
