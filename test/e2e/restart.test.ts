import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";

const config = { interval_ms: 100 };

test("a start after SIGTERM brings agents back as they were", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const first = await Program.start({ cwd: database.folder });
  await queue.agentCreate("runs", "test", { initialSubject: "cats", config });
  await queue.agentCreate("rests", "test", { initialSubject: "tea", config });
  await database.agent("rests", (row) => row.iteration > 0);
  await database.processed(queue.agentPause("rests", "test"));
  const rests = await database.status("rests", "paused");
  await database.agent("runs", (row) => row.iteration >= 2);
  expect(await first.end("SIGTERM")).toBe(0);

  const down = await database.status("runs", "restarting");
  expect(down.exit_reason).toMatchObject({ reason: "shutdown", rung: "cooperative" });
  expect(await database.status("rests", "paused")).toMatchObject({ iteration: rests.iteration });
  const steps = await database.steps("runs");
  expect(steps.at(-1)).toMatchObject({ iteration: down.iteration, status: "ok" });

  await queue.agentInterrupt("rests", "test", { subject: "coffee" });
  await using _second = await Program.start({ cwd: database.folder });
  const back = await database.agent("runs", (row) => row.iteration > down.iteration);
  expect(back).toMatchObject({
    status: "running",
    current_subject: "cats",
    generation: down.generation + 1,
    epoch: down.epoch + 1,
  });
  // The history keeps the last entries only, and the agent goes on.
  const [oldest] = back.history.entries;
  const kept = down.history.entries.filter(
    ({ iteration }) => iteration >= (oldest?.iteration ?? 0),
  );
  expect(back.history.entries.slice(0, kept.length)).toEqual(kept);
  const guided = await database.agent("rests", (row) => row.pending_guidance.length === 1);
  expect(guided).toMatchObject({ status: "paused", iteration: rests.iteration });
  await database.processed(queue.agentResume("rests", "test"));
  await database.agent("rests", (row) => row.current_subject === "coffee");
});

test("a start after kill -9 takes over the lock and carries out waiting actions", async () => {
  await using database = await Database.make();
  const { queue } = database;
  const first = await Program.start({ cwd: database.folder });
  await queue.agentCreate("agent1", "test", { initialSubject: "cats", config });
  const before = await database.agent("agent1", (row) => row.iteration >= 3);
  await first.end("SIGKILL");
  expect(await database.status("agent1", "running")).toMatchObject({ epoch: before.epoch });

  const interrupt = await queue.agentInterrupt("agent1", "test", { subject: "dogs" });
  await using _second = await Program.start({ cwd: database.folder });
  expect(await database.processed(interrupt)).toMatchObject({ outcome: "done" });
  const after = await database.agent("agent1", (row) => row.current_subject === "dogs");
  expect(after.iteration).toBeGreaterThan(before.iteration);
  expect(after.generation).toBe(before.generation + 1);
});

test("a second start on the same database is refused and names the first", async () => {
  await using database = await Database.make();
  await using first = await Program.start({ cwd: database.folder });
  await using second = new Program({ cwd: database.folder });
  expect(await second.exited()).toBe(1);
  expect(second.output).toContain("DATABASE_LOCKED");
  expect(second.output).toContain(String(first.pid));
});

test("a stopped agent that is created again continues from its iteration", async () => {
  await using database = await Database.make();
  await using _program = await Program.start({ cwd: database.folder });
  const { queue } = database;
  await queue.agentCreate("agent1", "test", { initialSubject: "cats", config });
  await database.agent("agent1", (row) => row.iteration >= 2);
  await database.processed(queue.agentDestroy("agent1", "test"));
  const stopped = await database.status("agent1", "stopped");

  const again = await database.processed(queue.agentCreate("agent1", "test"));
  expect(again).toMatchObject({ outcome: "done", error: null });
  const row = await database.agent("agent1", (agent) => agent.iteration > stopped.iteration);
  expect(row).toMatchObject({ generation: stopped.generation + 1, current_subject: "cats" });
  expect(row.ended_at).toBeNull();

  const twice = await database.processed(
    queue.agentCreate("agent1", "test", { config: { interval_ms: 9 } }),
  );
  expect(twice).toMatchObject({ outcome: "done", error: { code: "AGENT_DIFFERS" } });
  await database.processed(queue.agentDestroy("agent1", "test"));
});
