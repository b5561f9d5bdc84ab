import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { summarizeAgent } from "../../src/model/event.ts";
import { listedStep } from "../../src/model/step.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { RunningCommand, troupe } from "./command.ts";
import { agentRow, stepRow } from "./sample-rows.ts";
import { makeDatabase } from "./test-database.ts";

test("agent watch prints new steps and changes of status until Ctrl-C", async () => {
  await using database = await makeDatabase();
  const { agents } = database.store;
  await agents.record(agentRow("agent1", { status: "paused", paused: true }), stepRow("agent1"));
  const held = await database.supervise();
  await using watch = new RunningCommand(database, ["agent", "watch"]);
  await watch.saw(/watching 1 agents; Ctrl-C ends it/, "stderr");
  await watch.saw(new RegExp(`process ${process.pid} runs`), "stderr");

  await agents.record(agentRow("agent1"));
  await watch.saw(/^\d\d:\d\d:\d\d \[agent1\] paused → running$/m);
  await agents.record(agentRow("agent1"), stepRow("agent1", { result: "new\n日本\u001b[2J" }));
  await watch.saw(/ \[agent1\] step 1: new 日本$/m);
  const error = { code: "LLM_TIMEOUT", message: "too late" };
  const failed = stepRow("agent2", { iteration: 7, status: "error", result: null, error });
  await agents.record(agentRow("agent2", { status: "error" }), failed);
  await watch.saw(/ \[agent2\] step 7 error: LLM_TIMEOUT: too late\n.* \[agent2\] error$/m);

  await held[Symbol.asyncDispose]();
  await watch.saw(/no supervisor runs on/, "stderr");
  await watch.saw(/ \[agent1\] running → restarting$/m);
  watch.signal("SIGINT");
  const { code, stdout } = await watch.ended();
  expect(code).toBe(0);
  expect(stdout).not.toContain("a joke");
});

test("agent watch of one agent prints one JSON object a line, of that agent alone", async () => {
  await using database = await makeDatabase();
  await using _held = await database.supervise();
  const { agents } = database.store;
  await agents.record(agentRow("agent1"));
  await using watch = new RunningCommand(database, ["agent", "watch", "agent1", "-o", "json"]);
  await watch.saw(/watching agent1, now running/, "stderr");

  const step = stepRow("agent1", { result: "one" });
  const row = agentRow("agent1", { status: "paused", paused: true });
  await agents.record(agentRow("agent2"), stepRow("agent2"));
  await agents.record(row, step);
  await watch.saw(/agent\.status/);
  watch.signal("SIGTERM");
  const { code, stdout } = await watch.ended();
  expect(code).toBe(0);
  const events = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(events).toEqual([
    { type: "agent.step", time: step.ended_at, agent_id: "agent1", data: listedStep(step) },
    { type: "agent.status", time: row.updated_at, agent_id: "agent1", data: summarizeAgent(row) },
  ]);
});

test("agent watch prints only what its options select", async () => {
  await using database = await makeDatabase();
  await using _held = await database.supervise();
  const { agents } = database.store;
  for (const id of ["a", "b"]) await agents.record(agentRow(id, { agent_type: `type-${id}` }));
  const args = ["agent", "watch", "--type", "type-b", "--errors"];
  await using watch = new RunningCommand(database, args);
  await watch.saw(/watching/, "stderr");
  const error = { code: "LLM_TIMEOUT", message: "too late" };
  for (const id of ["a", "b"]) {
    const row = agentRow(id, { agent_type: `type-${id}` });
    await agents.record(row, stepRow(id, { iteration: 1, result: "fine" }));
    const failed = stepRow(id, { iteration: 2, status: "error", result: null, error });
    await agents.record(row, failed);
  }
  await watch.saw(/too late/);
  watch.signal("SIGTERM");
  const { stdout } = await watch.ended();
  expect(stdout).toMatch(/^\S+ \[b\] step 2 error: LLM_TIMEOUT: too late\n$/);
});

test("agent watch of an unknown agent ends with exit code 3", async () => {
  await using database = await makeDatabase();
  await using watch = new RunningCommand(database, ["agent", "watch", "nobody"]);
  expect(await watch.ended()).toMatchObject({ code: 3, stdout: "" });
});

test("agent watch ends when its output is no longer read", async () => {
  await using database = await makeDatabase();
  await using watch = new RunningCommand(database, ["agent", "watch"]);
  await watch.saw(/watching/, "stderr");
  watch.stopReading();
  await database.store.agents.record(agentRow("agent1"), stepRow("agent1"));
  expect(await watch.ended()).toMatchObject({ code: 0 });
  expect(watch.stderr).not.toContain("EPIPE");
});

test("agent watch shows how far a running step is", async () => {
  await using folder = await makeTempFolder();
  await mkdir(join(folder.path, "agents"));
  const module = `export default { type: "reader", async step(ctx) {
    ctx.progress("page 3 of 9", 1 / 3);
    await ctx.sleep(1e9);
  } };`;
  await writeFile(join(folder.path, "agents/reader.mjs"), module);
  const place = { cwd: folder.path };
  await using server = new RunningCommand(place, ["start", "--no-heart"]);
  await server.saw(/^model .*\n/m);
  await using watch = new RunningCommand(place, ["agent", "watch"]);
  await using errors = new RunningCommand(place, ["agent", "watch", "--errors"]);
  for (const one of [watch, errors]) await one.saw(/watching/, "stderr");
  await troupe(place, "agent", "create", "agent1", "--type", "reader", "--wait", "30");
  await watch.saw(/ \[agent1\] step 1 … page 3 of 9 \(33 %\)$/m);
  errors.signal("SIGINT");
  expect((await errors.ended()).stdout).toBe("");
});
