/** Runaway allocation in the real program, which it would end if nobody saw it. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const BUDGET_MB = 64;
const healthy = Array.from({ length: 5 }, (_, n) => `calm${n}`);
const kinds = [
  "array concat",
  "array push",
  "map",
  "strings",
  "buffers",
  "typed arrays",
  "shared buffers",
  "wasm memory",
];

/** One program for all kinds: what an agent leaves behind must not hide the next one. */
let database: Database;
let program: Program;
beforeAll(async () => {
  database = await Database.make();
  const env = { TROUPE_AGENTS: agents, TROUPE_AGENT_MEMORY_MB: String(BUDGET_MB) };
  program = await Program.start({ cwd: database.folder, env });
  const config = { interval_ms: 100 };
  for (const id of healthy) {
    await database.queue.agentCreate(id, "test", { agentType: "ledger", config });
  }
  await database.agents(healthy.length, (row) => row.iteration > 0);
});
afterAll(async () => {
  const code = await program.end();
  await database[Symbol.asyncDispose]();
  expect(code).toBe(0);
});

test.for(kinds)("an agent that runs away with %s is ended, and nothing else is", async (kind) => {
  const { queue } = database;
  const hog = kind.replace(" ", "-");
  const config = { interval_ms: 100, kind };
  await queue.agentCreate(hog, "test", { agentType: "hog", config });

  const row = await database.agent(hog, ({ last_error }) => last_error !== null);
  expect(row.last_error, program.output).toMatchObject({
    code: "AGENT_OUT_OF_MEMORY",
    details: { budget_bytes: BUDGET_MB * 2 ** 20 },
  });
  expect(row.last_error?.details?.["bytes"]).toBeGreaterThan(BUDGET_MB * 2 ** 20);

  await database.processed(queue.agentDestroy(hog, "test"));
  const others = await Promise.all(healthy.map((id) => database.agent(id, () => true)));
  expect(others.map(({ generation }) => generation)).toEqual(healthy.map(() => 1));
  await Promise.all(
    others.map(({ agent_id, iteration }) =>
      database.agent(agent_id, (agent) => agent.iteration > iteration),
    ),
  );
});
