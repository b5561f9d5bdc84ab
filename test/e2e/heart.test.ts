import { existsSync, readFileSync } from "node:fs";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { Program } from "../support/program.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const env = { TROUPE_AGENTS: agents, TROUPE_LOG: "info" };
const args = ["start"];

interface Place {
  readonly folder: string;
  readonly location: string;
}

function startBelowHeart({ folder }: Place, ...flags: readonly string[]): Promise<Program> {
  return Program.start({ cwd: folder, args: [...args, ...flags], env, isGroup: true });
}

/** The process that runs the agents, by the lock. */
function holderOf({ location }: Pick<Place, "location">): number {
  return Number(JSON.parse(readFileSync(join(location, "troupe.lock"), "utf8")).pid);
}

/** The process that says after so many lines that it serves. */
async function nextHolder(program: Program, after: number): Promise<number> {
  const lines = await until(() => {
    const later = program.lines.slice(after);
    return later.some((line) => /^model/.test(line)) && later;
  });
  const [, location = ""] = lines.map((line) => /^database +(.*)$/.exec(line)).find(Boolean) ?? [];
  return holderOf({ location });
}

function tellsSafeMode(line: string): boolean {
  return line.includes("ERROR: SAFE_MODE: ");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function count(program: Program, pattern: RegExp): number {
  return program.lines.filter((line) => pattern.test(line)).length;
}

test("a killed process is started again and its agents continue", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  const first = await nextHolder(program, 0);
  expect(first).toBe(holderOf(database));
  expect(first).not.toBe(program.pid);
  const config = { interval_ms: 50 };
  await database.processed(database.queue.agentCreate("agent1", "test", { config }));
  const before = await database.agent("agent1", (row) => row.iteration >= 2);

  const said = program.lines.length;
  process.kill(first, "SIGKILL");
  expect(await program.line(/restarting in/)).toMatch(
    new RegExp(`^troupe: process ${first} was killed by SIGKILL; .*death 1 of 3`),
  );
  expect(await nextHolder(program, said)).toBe(holderOf(database));
  // Its row is brought up to the stored steps before its thread starts.
  const after = await database.agent("agent1", (row) => row.generation > before.generation);
  expect(after).toMatchObject({ generation: before.generation + 1, epoch: before.epoch + 1 });
  await database.agent("agent1", (row) => row.iteration > after.iteration);
  // At any free port it comes back to the one that clients know.
  const addresses = program.lines.filter((line) => line.startsWith("Troupe serves at"));
  expect(new Set(addresses).size).toBe(1);
  expect(addresses).toHaveLength(2);

  expect(await program.end("SIGTERM")).toBe(0);
  expect(count(program, /SIGTERM: agents stop/)).toBe(1);
  expect((await database.status("agent1", "restarting")).exit_reason).toMatchObject({
    reason: "shutdown",
  });
});

/** Six starts, one after another, and waits between them. */
const DEATHS_TEST_MS = 180_000;

test("too many deaths end in safe mode: agents paused, the suspect named, each to be resumed", {
  timeout: DEATHS_TEST_MS,
}, async () => {
  await using database = await Database.make();
  const { queue } = database;
  await using program = await startBelowHeart(database);
  const config = { interval_ms: 86_400_000 };
  await database.processed(queue.agentCreate("good1", "test", { agentType: "ledger", config }));
  await database.agent("good1", (row) => row.iteration === 1);
  await queue.agentCreate("killer1", "test", { agentType: "killer" });

  await program.line(
    /^troupe: SAFE_MODE: the process died 4 times .* suspected: killer1, in its own/,
  );
  expect(await program.line(/ERROR: SAFE_MODE: /)).toContain("suspected: killer1, in its own");
  const holder = await nextHolder(program, program.lines.findIndex(tellsSafeMode));
  const rows = await Promise.all(["good1", "killer1"].map((id) => database.status(id, "paused")));
  for (const row of rows) {
    expect(row).toMatchObject({ paused: true, last_error: { code: "SAFE_MODE" } });
    expect(row.last_error?.message).toContain("suspected: killer1, in its own");
  }

  await database.processed(queue.agentInterrupt("good1", "test", { n: 7 }));
  expect(await database.processed(queue.agentResume("good1", "test"))).toMatchObject({
    outcome: "done",
  });
  const paused = rows[0]?.iteration ?? 0;
  const row = await database.agent("good1", ({ iteration }) => iteration > paused);
  expect(row).toMatchObject({ paused: false, context: '{"seen":[7]}' });
  await database.status("good1", "running");
  expect((await database.status("killer1", "paused")).paused).toBe(true);

  // As long as one death follows another, whoever was resumed is paused again.
  const said = program.lines.length;
  process.kill(holder, "SIGKILL");
  await nextHolder(program, said);
  await database.status("good1", "paused");
  expect(await database.processed(queue.agentDestroy("killer1", "test"))).toMatchObject({
    outcome: "done",
  });
  expect(await program.end("SIGTERM")).toBe(0);
});

test("a start that is refused immediately is not retried", async () => {
  await using database = await Database.make();
  const place = { cwd: database.folder, isGroup: true };
  await using misspelt = new Program({ ...place, args: ["start", "--poll-ms", "never"] });
  expect(await misspelt.exited()).toBe(2);
  await using bare = new Program({ ...place, args: [...args, "--port"] });
  expect(await bare.exited()).toBe(2);
  expect(bare.lines[0]).toBe("troupe: option '--port <value>' argument missing");
  await using unset = new Program({ ...place, args, env: { TROUPE_LLM: "openai" } });
  expect(await unset.exited()).toBe(1);
  await misspelt.closed();
  await unset.closed();
  expect(misspelt.lines).toEqual([expect.stringMatching(/^troupe: SETTING_INVALID/)]);
  expect(unset.lines).toEqual([expect.stringMatching(/^troupe: SETTING_INVALID/)]);
});

test("a second start on the same database is refused immediately and names the process", async () => {
  await using database = await Database.make();
  await using _first = await startBelowHeart(database);
  await using second = new Program({ cwd: database.folder, args, isGroup: true });
  expect(await second.exited()).toBe(1);
  await second.closed();
  expect(second.lines).toEqual([expect.stringContaining(`process ${holderOf(database)} on `)]);
});

test("a first start that fails once the address is taken is tried again", async () => {
  await using database = await Database.make();
  const aside = join(database.folder, "aside");
  await rename(join(database.location, "queue.lance"), aside);
  await writeFile(join(database.location, "queue.lance"), "in the way");
  await using program = new Program({ cwd: database.folder, args, env, isGroup: true });
  await program.line(/ended with exit code 1; restarting/);
  await rm(join(database.location, "queue.lance"));
  await rename(aside, join(database.location, "queue.lance"));
  await program.line(/^model/);
});

test("a start that fails after a death is retried until its obstacle has gone", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  const envFile = join(database.folder, ".env");
  await writeFile(envFile, "TROUPE_POLL_MS=never\n");
  const said = program.lines.length;
  process.kill(holderOf(database), "SIGKILL");
  await program.line(/ended with exit code 1; restarting/);
  await rm(envFile);
  await nextHolder(program, said);
});

test("Ctrl-C reaches both processes and they drain once", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  program.signalGroup("SIGINT");
  expect(await program.exited()).toBe(0);
  await program.closed();
  expect(count(program, /SIGINT: agents stop/)).toBe(1);
  expect(program.lines.at(-1)).toMatch(/^Troupe has stopped/);
});

test("a second SIGTERM ends both immediately", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database, "--destroy-timeout-ms", "600000");
  const holder = holderOf(database);
  const mark = join(database.folder, "mark");
  const config = { mark };
  await database.queue.agentCreate("agent1", "test", { agentType: "stubborn", config });
  await until(() => existsSync(mark));
  const exited = program.end("SIGTERM");
  await program.line(/SIGTERM: agents stop/);
  await until(() => {
    void program.end("SIGTERM");
    return !isAlive(program.pid);
  });
  expect(await exited).toBe(143);
  expect(isAlive(holder)).toBe(false);
});

test.each(["SIGTERM", "SIGHUP"])("%s to the process itself ends the whole", async (signal) => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  process.kill(holderOf(database), signal);
  expect(await program.exited()).toBe(0);
  expect(count(program, /restarting in/)).toBe(0);
});

test("SIGTERM between a death and the next start ends with exit code 0", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  process.kill(holderOf(database), "SIGKILL");
  await program.line(/restarting in/);
  expect(await program.end("SIGTERM")).toBe(0);
});

test("a heart ends with the process that has lost its database", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  const other = { pid: process.pid, host: "another-box", started_at: 1, token: "another" };
  await writeFile(join(database.location, "troupe.lock"), JSON.stringify(other));
  expect(await program.exited()).toBe(1);
  await program.closed();
  expect(program.output).toContain(`held by process ${process.pid} on another-box, running since`);
  expect(program.output).not.toMatch(/restarting in/);
});

test("without its heart a process drains and ends", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database);
  await database.processed(database.queue.agentCreate("agent1", "test"));
  expect(await program.end("SIGKILL")).toBe("SIGKILL");
  await program.closed();
  expect(program.output).toContain("the heart is gone: agents stop");
  expect(program.lines.at(-1)).toMatch(/^Troupe has stopped/);
  expect(existsSync(join(database.location, "troupe.lock"))).toBe(false);
  await database.status("agent1", "restarting");
});

test("with --no-heart the process is the program itself and stays dead", async () => {
  await using database = await Database.make();
  await using program = await startBelowHeart(database, "--no-heart");
  expect(holderOf(database)).toBe(program.pid);
  expect(await program.end("SIGKILL")).toBe("SIGKILL");
  await program.closed();
  expect(count(program, /^Troupe serves at/)).toBe(1);
});
