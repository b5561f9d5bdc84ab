/** Commands beside a real server: all go through it, whatever names it. */

import { chmod, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acquireLock } from "../../src/store/ownership/lock.ts";
import { html, ScriptedHttp } from "../support/scripted-http.ts";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.ts";
import { type CommandPlace, RunningCommand, troupe } from "./command.ts";
import { makeDatabase } from "./test-database.ts";

let folder: TempFolder;
let server: RunningCommand;
let place: CommandPlace;
let url: string;
let token: string;

beforeAll(async () => {
  folder = await makeTempFolder();
  place = { cwd: folder.path };
  server = await start(place);
  [, url = "", token = ""] = /serves at (\S+)\/\?token=(\S+)/.exec(server.stdout) ?? [];
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function start(where: CommandPlace, ...flags: readonly string[]): Promise<RunningCommand> {
  const running = new RunningCommand(where, ["start", "--no-heart", ...flags]);
  await running.saw(/^model .*\n/m);
  return running;
}

/** From a folder where there is no database. */
async function elsewhere(...args: readonly string[]) {
  await using other = await makeTempFolder();
  return await troupe({ cwd: other.path }, ...args);
}

test("verbs go to the server that runs, and --wait brings their end", async () => {
  const args = ["agent", "create", "life", "--subject", "cats", "--interval", "50", "--wait", "30"];
  const created = await troupe(place, ...args);
  expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+ done\n$/) });
  expect(created.stderr).toBe(`create_agent of life: queued for process ${server.pid} at ${url}\n`);
  const paused = await troupe(place, "agent", "pause", "life", "--wait", "30", "-o", "json");
  expect(JSON.parse(paused.stdout)).toMatchObject({ action: "agent_pause", outcome: "done" });
  const asked = ["agent", "interrupt", "life", "--subject", "dogs", "--now", "--reason", "why"];
  const id = (await troupe(place, ...asked)).stdout.trim();
  const shown = await troupe(place, "queue", "show", id, "-o", "json");
  expect(JSON.parse(shown.stdout)).toMatchObject({
    payload: { agent_id: "life", guidance: { subject: "dogs" }, mode: "now" },
    metadata: { reason: "why" },
  });
  for (const verb of ["resume", "destroy"]) {
    const { code, stdout } = await troupe(place, "agent", verb, "life", "--wait", "30");
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/ done\n$/) });
  }
  expect(await troupe(place, "env", "reload", "--wait", "30")).toMatchObject({ code: 0 });
});

test("reads show what the server knows, live figures too", async () => {
  await troupe(place, "agent", "create", "live", "--interval", "50", "--wait", "30");
  const show = await troupe(place, "agent", "show", "live");
  expect(show).toMatchObject({ code: 0, stderr: "" });
  expect(show.stdout).toMatch(/^status +running$/m);
  expect(show.stdout).toMatch(/^memory +[\d.]+ MiB \(heap /m);
  const list = await troupe(place, "agent", "list", "--search", "live");
  expect(list.stdout).toMatch(/^id .* memory +updated$/m);
  expect(list.stdout).toMatch(/^live +running .* [\d.]+ MiB /m);
  const steps = await troupe(place, "agent", "steps", "live", "--limit", "1", "-o", "json");
  expect(JSON.parse(steps.stdout).items).toHaveLength(1);
  const actions = await troupe(place, "queue", "list", "--agent", "live", "-o", "json");
  expect(JSON.parse(actions.stdout).items).toMatchObject([{ action: "create_agent" }]);
  await troupe(place, "agent", "destroy", "live", "--wait", "30");
});

test("the server reports the sizes of its tables, and compacts them", async () => {
  const before = await troupe(place, "db", "stats");
  const journal = String.raw`journal: \d+ actions, \d+ effects, \S+ [KMG]?i?B on disk\n`;
  expect(before).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(new RegExp(`^${journal}$`)),
  });
  expect(before.stdout).toMatch(/^table +rows +data .* compacted$/m);
  const { code, stdout, stderr } = await troupe(place, "db", "compact");
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringMatching(
      new RegExp(String.raw`^\S+: \S+ [KMG]?i?B on disk before, \S+ [KMG]?i?B now\n${journal}$`),
    ),
  });
  expect(stdout).toMatch(/^agents_config .* (now|\d s ago)$/m);
  const json = await elsewhere("db", "stats", "--url", `${url}/?token=${token}`, "-o", "json");
  const { location, tables } = JSON.parse(json.stdout);
  expect(location).toBe(join(folder.path, "data/troupe"));
  expect(tables.queue.compacted_at).toEqual(expect.any(Number));
});

test("a rejected action ends with exit code 4, a missing one with 3", async () => {
  const rejected = await troupe(place, "agent", "pause", "nobody", "--wait", "30");
  expect(rejected).toMatchObject({ code: 4, stdout: expect.stringMatching(/ rejected\n$/) });
  expect(rejected.stderr).toMatch(/^troupe: AGENT_UNKNOWN: /m);
  for (const args of [
    ["agent", "show", "nobody"],
    ["agent", "steps", "nobody"],
    ["agent", "watch", "nobody"],
    ["queue", "show", "nothing"],
  ]) {
    expect(await troupe(place, ...args)).toMatchObject({ code: 3, stdout: "" });
  }
});

test("a wait whose time is up ends with exit code 5, and the action stays", async () => {
  const busy = join(folder.path, "busy.ts");
  await writeFile(busy, `export default { type: "busy", step() { for (;;) {} } };`);
  await using other = await makeTempFolder();
  const where = { cwd: other.path };
  await using _busy = await start(where, "--agents", busy, "--destroy-timeout-ms", "60000");
  await troupe(where, "agent", "create", "b", "--type", "busy", "--wait", "30");
  const late = await troupe(where, "agent", "destroy", "b", "--wait", "1");
  expect(late).toMatchObject({ code: 5, stdout: expect.stringMatching(/^\S+ pending\n$/) });
  expect(late.stderr).toContain("troupe: WAIT_TIMEOUT: ");
});

test("--url and --token lead to the server from anywhere", async () => {
  const listed = await elsewhere("agent", "list", "--url", url, "--token", token);
  expect(listed).toMatchObject({ code: 0 });
  const copied = await elsewhere("queue", "list", "--url", `${url}/?token=${token}`);
  expect(copied).toMatchObject({ code: 0 });
  const asked = await elsewhere("env", "reload", "--url", url, "--token", token, "--wait", "30");
  expect(asked.stderr).toBe(`environment_reload: queued at ${url}\n`);
  // The token of the database that the settings name.
  expect(await troupe(place, "agent", "list", "--url", url)).toMatchObject({ code: 0 });
  const env = { TROUPE_TOKEN: token };
  await using other = await makeTempFolder();
  const where = { cwd: other.path, env };
  expect(await troupe(where, "agent", "list", "--url", url)).toMatchObject({ code: 0 });
});

test("without its token the server refuses, and the message names the option for it", async () => {
  const none = await elsewhere("agent", "list", "--url", url);
  expect(none).toMatchObject({ code: 1, stdout: "" });
  expect(none.stderr).toBe(
    `troupe: TOKEN_REQUIRED: ${url} needs a token: give it with --token or TROUPE_TOKEN\n`,
  );
  const wrong = await troupe(place, "agent", "pause", "a", "--token", "wrong-and-long-enough");
  expect(wrong).toMatchObject({ code: 1, stdout: "" });
  expect(wrong.stderr).toMatch(/^troupe: TOKEN_REQUIRED: /);
  expect(wrong.stderr).not.toContain("wrong-and-long-enough");
});

test("an address without a server ends with exit code 6, one of another program with 1", async () => {
  const somebody = await ScriptedHttp.start(html(200));
  const address = somebody.url;
  const foreign = await elsewhere("agent", "list", "--url", address, "--token", token);
  expect(foreign).toMatchObject({ code: 1, stdout: "" });
  expect(foreign.stderr).toContain(`SERVER_UNKNOWN: the server at ${address} is not Troupe`);
  await somebody[Symbol.asyncDispose]();
  for (const args of [
    ["agent", "list"],
    ["agent", "pause", "a", "--wait", "5"],
    ["agent", "watch"],
  ]) {
    const { code, stdout, stderr } = await elsewhere(...args, "--url", address, "--token", token);
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(stderr).toMatch(
      new RegExp(`^troupe: SERVER_UNREACHABLE: no server answers at ${address}: .*ECONNREFUSED`),
    );
  }
});

test("doctor reports whether the server answers and the token fits", async () => {
  const fine = await troupe(place, "doctor");
  expect(fine.stdout).toMatch(new RegExp(`^ok +server +answers at ${url}, the token fits$`, "m"));
  const wrong = await troupe(place, "doctor", "--token", "wrong-and-long-enough", "-o", "json");
  expect(wrong.code).toBe(1);
  const { checks } = JSON.parse(wrong.stdout);
  expect(checks).toContainEqual({
    name: "server",
    status: "fail",
    message: expect.stringContaining("TOKEN_REQUIRED"),
    hint: "give its token with --token or TROUPE_TOKEN",
  });
});

test("watch streams, reports that the server is gone, and continues with the next one", async () => {
  await using own = await makeTempFolder();
  const where = { cwd: own.path };
  await using first = await start(where);
  await troupe(where, "agent", "create", "agent1", "--interval", "100", "--wait", "30");
  await using watch = new RunningCommand(where, ["agent", "watch"]);
  await using json = new RunningCommand(where, ["agent", "watch", "agent1", "-o", "json"]);
  await watch.saw(/watching 1 agents; Ctrl-C ends it/, "stderr");
  await watch.saw(/^\d\d:\d\d:\d\d \[agent1\] .+\n/m);
  await json.saw(/"agent\.step"/);
  first.signal("SIGTERM");
  await first.ended();
  await watch.saw(/; trying again\n/, "stderr");
  // At another address, with another token: both stand beside the database.
  await rm(join(own.path, "data/troupe/token"));
  await using _second = await start(where);
  await watch.saw(/connected to the server again\n/, "stderr");
  await watch.saw(/some events were missed \(restarted\)/, "stderr");
  const before = watch.stdout.length;
  await troupe(where, "agent", "pause", "agent1", "--wait", "30");
  await watch.saw(/\[agent1\] .*paused\n/);
  expect(watch.stdout.length).toBeGreaterThan(before);
  await json.saw(/"status":"paused"/);
  for (const command of [watch, json]) {
    command.signal("SIGINT");
    expect(await command.ended()).toMatchObject({ code: 0 });
  }
  const types = json.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).type);
  expect(new Set(types)).toEqual(new Set(["agent.step", "agent.status", "gap"]));
});

test("verbs append to the table if the running process does not answer, and report it", async () => {
  await using database = await makeDatabase();
  const gone = await ScriptedHttp.start(html(200));
  const { url: address } = gone;
  await gone[Symbol.asyncDispose]();
  await using lock = await acquireLock(database.location);
  await lock.note({ url: address });
  const { code, stdout, stderr } = await troupe(database, "agent", "pause", "a");
  expect(code).toBe(0);
  expect(stderr).toBe(
    `process ${process.pid} does not answer at ${address}; it may be starting or ending\nagent_pause of a: queued for process ${process.pid}\n`,
  );
  expect(await database.store.queue.find(stdout.trim())).toMatchObject({ action: "agent_pause" });
});

test("a token file that others could read is refused with a word on how to cure it", async () => {
  const path = join(folder.path, "data/troupe/token");
  expect((await readFile(path, "utf8")).trim()).toBe(token);
  await chmod(path, 0o644);
  const { code, stderr } = await troupe(place, "agent", "list");
  await chmod(path, 0o600);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^troupe: TOKEN_FILE_UNUSABLE: .*chmod 600/);
});

test("a selector steers all agents that fit, and a mistake in it is a usage error", async () => {
  const create = ["agent", "create", "--interval", "50", "--wait", "60"];
  for (const id of ["many1", "many2"]) {
    expect(await troupe(place, ...create.toSpliced(2, 0, id))).toMatchObject({ code: 0 });
  }
  const paused = await troupe(place, "agent", "pause", "--type", "joke", "--wait", "60");
  expect(paused).toMatchObject({ code: 0, stderr: expect.stringMatching(/\n2 of 2 done\n$/) });
  expect(paused.stdout).toMatch(/^\S+ many1 done\n\S+ many2 done\n$/);
  const guided = ["agent", "interrupt", "--all", "--subject", "tea", "--wait", "60", "-o", "json"];
  const { items } = JSON.parse((await troupe(place, ...guided)).stdout);
  expect(items).toMatchObject([
    { action: "agent_interrupt", agent_id: "many1", outcome: "done" },
    { action: "agent_interrupt", agent_id: "many2", outcome: "done" },
  ]);
  const resumed = await troupe(place, "agent", "resume", "--status", "paused", "--wait", "60");
  expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining("2 of 2 done") });
  const restarted = await troupe(place, "agent", "restart", "--all", "--wait", "60");
  expect(restarted).toMatchObject({ code: 0, stderr: expect.stringContaining("2 of 2 done") });
  const destroyed = await troupe(place, "agent", "destroy", "--all", "--wait", "60");
  expect(destroyed).toMatchObject({ code: 0, stderr: expect.stringContaining("2 of 2 done") });
  const none = await troupe(place, "agent", "pause", "--all");
  expect(none).toMatchObject({
    code: 0,
    stdout: "",
    stderr: "agent_pause of 0 agents: no agent fits\n",
  });
  const again = await troupe(place, "agent", "pause", "--status", "stopped", "--wait", "60");
  expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining("AGENT_NOT_RUNNING") });
  for (const args of [
    ["agent", "pause"],
    ["agent", "pause", "many1", "--all"],
  ]) {
    expect(await troupe(place, ...args)).toMatchObject({ code: 2, stdout: "" });
  }
});
