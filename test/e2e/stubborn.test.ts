import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const INTERVAL_MS = 200;
const GRACE_MS = 1_000;
const others = Array.from({ length: 20 }, (_, n) => `calm${n}`);

test("an agent in an endless loop is terminated while twenty others keep their rhythm", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const env = { TROUPE_AGENTS: agents, TROUPE_DESTROY_TIMEOUT_MS: String(GRACE_MS) };
  await using program = await Program.start({ cwd: database.folder, env });
  const config = { interval_ms: INTERVAL_MS };
  for (const id of others) await queue.agentCreate(id, "test", { agentType: "ledger", config });
  await database.agents(others.length, (row) => row.iteration > 0);
  const mark = join(database.folder, "mark");
  await queue.agentCreate("stubborn1", "test", { agentType: "stubborn", config: { mark } });
  await until(() => existsSync(mark));

  const destroyed = await database.processed(queue.agentDestroy("stubborn1", "test"));
  expect(destroyed).toMatchObject({ outcome: "done" });
  const row = await database.status("stubborn1", "stopped");
  expect(row.exit_reason).toMatchObject({ reason: "destroyed", rung: "terminated" });
  expect(row.exit_reason?.took_ms).toBeGreaterThanOrEqual(GRACE_MS);

  await Promise.all(
    others.map(async (id) => {
      const steps = await database.steps(id);
      const missed = steps.filter((step, n) => {
        const before = steps[n - 1];
        return before !== undefined && step.started_at - before.started_at > 10 * INTERVAL_MS;
      });
      expect(missed, id).toEqual([]);
      await database.agent(id, (agent) => agent.iteration > steps.length);
    }),
  );
  expect(program.output).not.toMatch(/FATAL/);
});
