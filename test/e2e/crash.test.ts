import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { chanceOf } from "../support/chance.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { useSeed } from "../support/seed.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const CRASHES = 10;
/** Interrupts in the queue at each crash. */
const INTERRUPTS = 40;
const ids = ["ledger1", "ledger2", "ledger3"];

test("ten kills at random moments lose no action and apply none twice", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const chance = chanceOf(useSeed());
  const options = { cwd: database.folder, env: { TROUPE_AGENTS: agents, TROUPE_LOG: "warn" } };
  const config = { interval_ms: 20 };
  for (const id of ids) await queue.agentCreate(id, "test", { agentType: "ledger", config });

  const expected = new Map<string, number[]>(ids.map((id) => [id, []]));
  let sent = 0;
  for (let crash = 0; crash < CRASHES; crash += 1) {
    await using program = await Program.start(options);
    const kill = delay(chance() * 400).then(() => program.end("SIGKILL"));
    for (let n = 0; n < INTERRUPTS; n += 1) {
      const id = ids[sent % ids.length] ?? "";
      sent += 1;
      expected.get(id)?.push(sent);
      await queue.agentInterrupt(id, "test", { n: sent });
    }
    await kill;
  }

  await using _program = await Program.start(options);
  await until(async () => (await database.store.queue.countPending()) === 0);
  for (const id of ids) {
    const row = await database.agent(id, (agent) => agent.pending_guidance.length === 0);
    expect(JSON.parse(row.context), id).toEqual({ seen: expected.get(id) });
    const iterations = (await database.steps(id)).map((step) => step.iteration);
    // A step stored just before the kill may be repeated; none may be missing.
    expect([...new Set(iterations)]).toEqual(
      Array.from({ length: Math.max(...iterations) }, (_, n) => n + 1),
    );
  }
  const { items } = await database.store.queue.list({ limit: 1_000 });
  expect(items).toHaveLength(ids.length + sent);
  expect(items.every((row) => row.outcome === "done")).toBe(true);
});
