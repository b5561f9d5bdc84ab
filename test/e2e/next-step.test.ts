/** Agents whose steps say when the next is due, over the death of the process. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { NextStep } from "../../src/index.ts";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const DAY_MS = 86_400_000;

test("what a step said about the next one holds over kill -9, and guidance does not wait for it", async () => {
  await using database = await Database.make();
  const { queue, folder } = database;
  // Each with a thread: residency.test.ts has those that rest.
  const options = { cwd: folder, env: { TROUPE_AGENTS: agents, TROUPE_IDLE_MS: "0" } };
  const first = await Program.start(options);
  const waits: Readonly<Record<string, NextStep>> = {
    for_guidance: "guidance",
    for_a_day: { afterMs: DAY_MS },
    until_now: { at: Date.now() },
  };
  const ids = Object.keys(waits);
  for (const [id, next] of Object.entries(waits)) {
    const create = queue.agentCreate(id, "test", { agentType: "waiter", config: { next } });
    expect(await database.processed(create)).toMatchObject({ outcome: "done" });
  }
  const guided = await database.agent("for_guidance", ({ iteration }) => iteration === 1);
  expect(guided).toMatchObject({ status: "running", next_at: null, next_on: "guidance" });
  const timed = await database.agent("for_a_day", ({ iteration }) => iteration === 1);
  const [step] = await database.steps("for_a_day");
  expect(step?.next_at).toBeGreaterThan(timed.started_at + DAY_MS - 1);
  expect(timed).toMatchObject({ next_at: step?.next_at, next_on: null });
  const busy = await database.agent("until_now", ({ iteration }) => iteration >= 2);
  await first.end("SIGKILL");

  await using _second = await Program.start(options);
  await database.agents(ids.length, ({ status, epoch }) => status === "running" && epoch === 2);
  await database.agent("until_now", ({ iteration }) => iteration > busy.iteration + 1);
  for (const id of ["for_guidance", "for_a_day"]) {
    await database.processed(queue.agentInterrupt(id, "test", { n: 7 }));
    const after = await database.agent(id, ({ iteration }) => iteration > 1);
    expect(after).toMatchObject({ iteration: 2, context: '{"seen":[7]}', pending_guidance: [] });
  }
});
