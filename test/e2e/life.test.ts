import { join } from "node:path";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

test("an agent lives: created, watched, interrupted, paused, resumed, destroyed", async () => {
  await using database = await Database.make();
  await using program = await Program.start({ cwd: database.folder });
  const { queue } = database;

  const created = await database.processed(
    queue.agentCreate("agent1", "user", { initialSubject: "cats", config: { interval_ms: 200 } }),
  );
  expect(created).toMatchObject({ outcome: "done", error: null, attempts: 0 });
  await program.line(/\[agent1\] .*cat/i);

  await database.processed(queue.agentInterrupt("agent1", "user", { subject: "dogs" }));
  const onDogs = await database.agent("agent1", (row) => row.current_subject === "dogs");
  expect(onDogs.pending_guidance).toEqual([]);
  await program.line(/\[agent1\] .*dog/i);

  await database.processed(queue.agentPause("agent1", "user", "demo pause"));
  const paused = await database.status("agent1", "paused");
  expect(paused.paused).toBe(true);

  await database.processed(queue.agentInterrupt("agent1", "user", { subject: "owls" }));
  const waiting = await database.agent("agent1", (row) => row.pending_guidance.length === 1);
  expect(waiting).toMatchObject({ status: "paused", iteration: paused.iteration });

  await database.processed(queue.agentResume("agent1", "user"));
  const resumed = await database.agent("agent1", (row) => row.current_subject === "owls");
  expect(resumed).toMatchObject({ status: "running", paused: false, pending_guidance: [] });

  await database.processed(queue.agentDestroy("agent1", "user", "demo"));
  const row = await database.status("agent1", "stopped");
  expect(row.exit_reason).toMatchObject({ reason: "destroyed", rung: "cooperative", note: "demo" });
  expect(row.last_error).toBeNull();

  const steps = await database.steps("agent1");
  expect(steps.map((step) => step.iteration)).toEqual(steps.map((_, n) => n + 1));
  expect(steps).toHaveLength(row.iteration);
  expect(new Set(steps.map((step) => step.result)).size).toBe(steps.length);
  // The destroy may have met a step in its model call.
  const ended = steps.filter((step, n) => step.status !== "aborted" || n < steps.length - 1);
  expect(ended.every((step) => step.status === "ok" && (step.output_tokens ?? 0) > 0)).toBe(true);
  expect(new Set(steps.map((step) => step.subject))).toEqual(new Set(["cats", "dogs", "owls"]));

  expect(await program.end("SIGTERM")).toBe(0);
});

test("a program that may not write temporary files, as under a read-only root, makes them with its database", async () => {
  await using database = await Database.make();
  const env = { TMPDIR: join(database.folder, "gone") };
  await using program = await Program.start({ cwd: database.folder, env });
  await program.line(/gone cannot be written; temporary files are made in .*tmp$/);
  const created = await database.processed(database.queue.agentCreate("agent1", "user"));
  expect(created).toMatchObject({ outcome: "done" });
  expect(await program.end("SIGTERM")).toBe(0);
});

test("fifty agents live side by side", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  const ids = Array.from({ length: 50 }, (_, n) => `agent${n}`);
  const { queue } = database;

  await queue.enqueue(
    ids.map((agentId) => ({
      action: "create_agent",
      actor: "test",
      agentId,
      payload: {
        agent_id: agentId,
        initial_subject: `subject ${agentId}`,
        config: { interval_ms: 300 },
      },
    })),
  );
  await database.agents(50, (row) => row.iteration >= 3);

  const interrupts = ids.map((id) => queue.agentInterrupt(id, "test", { subject: `${id} again` }));
  await Promise.all(interrupts);
  await database.agents(50, (row) => row.current_subject === `${row.agent_id} again`);

  const ends = await Promise.all(ids.map((id) => queue.agentDestroy(id, "test")));
  for (const end of ends) expect(await database.processed(end)).toMatchObject({ outcome: "done" });
  const { items } = await database.store.agents.list({ limit: 100 });
  expect(items).toHaveLength(50);
  expect(items.every((row) => row.status === "stopped")).toBe(true);
});
