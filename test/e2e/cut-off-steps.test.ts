/**
 * Steps that are cut off, and the program killed around that: a step's failure counts once its row is stored,
 * and the end of the whole process is no failure of a step.
 */

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { block } from "../support/break.ts";
import { Database } from "../support/database.ts";
import { Program, type ProgramOptions } from "../support/program.ts";
import { until } from "../support/until.ts";

/** The first step with guidance dies in the way of `dying`; `mark` says that it has begun. */
const moduleOf = (dying: string, retries: number) => `
import { existsSync, writeFileSync } from "node:fs";
export default {
  type: "mortal",
  step_retries: ${retries},
  restarts_max: 0,
  onInterrupt(ctx, { word }) {
    const { mark } = ctx.config;
    if (!existsSync(mark)) { writeFileSync(mark, ""); ${dying}; }
    ctx.subject = word;
  },
  step: (ctx) => ({ result: ctx.subject ?? "idle", next: "guidance" }),
};`;

async function setUp({ folder }: Database, dying: string, retries = 0): Promise<ProgramOptions> {
  const modules = join(folder, "agents");
  await mkdir(modules);
  await writeFile(join(modules, "mortal.mjs"), moduleOf(dying, retries));
  return { cwd: folder, env: { TROUPE_AGENTS: modules, TROUPE_LOG: "warn" } };
}

async function createMortal(database: Database): Promise<string> {
  const mark = join(database.folder, "mark");
  const config = { mark, interval_ms: 10 };
  await database.queue.agentCreate("agent1", "test", { agentType: "mortal", config });
  await database.agent("agent1", ({ iteration }) => iteration === 1);
  return mark;
}

/** What became of each step, oldest first. */
async function outcomes(database: Database) {
  const steps = await database.steps("agent1");
  return steps.map(({ iteration, status, result }) => [iteration, status, result]);
}

/** The next start runs the step again. With the tries and restarts at 0, a failure would have ended the agent. */
async function expectNoFailure(database: Database, options: ProgramOptions): Promise<void> {
  await using next = await Program.start(options);
  await database.agent("agent1", ({ result }) => result === "tea");
  expect(await outcomes(database)).toEqual([
    [1, "ok", "idle"],
    [2, "ok", "tea"],
  ]);
  await next.end();
}

test("a kill of the program in a step does not count as a failure of the step", async () => {
  await using database = await Database.make();
  const options = await setUp(database, 'process.kill(process.pid, "SIGKILL"); for (;;)');
  await using killed = await Program.start(options);
  await createMortal(database);
  await database.queue.agentInterrupt("agent1", "test", { word: "tea" });
  expect(await killed.exited()).toBe("SIGKILL");
  await expectNoFailure(database, options);
});

test("a kill between the death of a step's thread and the step's row leaves neither row nor failure", async () => {
  await using database = await Database.make();
  const options = await setUp(database, "process.exit(3)");
  await using killed = await Program.start(options);
  const mark = await createMortal(database);
  const mend = await block(join(database.folder, "data/troupe/agent_steps.lance"));
  await database.queue.agentInterrupt("agent1", "test", { word: "tea" });
  await killed.line(/agent failed/);
  expect(existsSync(mark)).toBe(true);
  await killed.end("SIGKILL");
  await mend();
  await expectNoFailure(database, options);
});

test("a kill after the step's row was stored repeats nothing of it", async () => {
  await using database = await Database.make();
  const options = await setUp(database, "process.exit(3)", 5);
  await using killed = await Program.start(options);
  await createMortal(database);
  await database.queue.agentInterrupt("agent1", "test", { word: "tea" });
  await until(async () => (await database.steps("agent1")).length >= 2);
  await killed.end("SIGKILL");
  await using next = await Program.start(options);
  const row = await database.agent("agent1", ({ result }) => result === "tea");
  expect(row.pending_guidance).toEqual([]);
  const steps = await outcomes(database);
  expect(steps.map(([iteration]) => iteration)).toEqual(steps.map((_, at) => at + 1));
  expect(steps[1]).toEqual([2, "error", null]);
  // Its guidance may come once more from the queue, after a step without any; it is used once.
  expect(steps.slice(2).every(([, status]) => status === "ok")).toBe(true);
  const used = (await database.steps("agent1")).flatMap(({ guidance_used }) => guidance_used ?? []);
  expect(used).toHaveLength(1);
  await next.end();
});
