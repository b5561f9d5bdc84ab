/** The programs of `examples/`, as they are, on a fleet with a scripted model. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../support/control.ts";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model.ts";
import { projectRoot } from "../support/tool-source.ts";
import { until } from "../support/until.ts";

/** To the questions of researchers, in their order. */
const replies = [
  '{"tool": "multiply", "input": "366*24"}',
  '{"answer": "8784 hours"}',
  '{"tool": "toString", "input": 7}',
  "8784",
];
let model: ScriptedModel;
let control: Control;
beforeAll(async () => {
  model = await startScriptedModel({
    answer: ({ prompt }) => ({
      kind: "ok",
      text: (prompt.includes("Question: ") ? replies.shift() : undefined) ?? "nothing more",
    }),
  });
  const agents = join(projectRoot, "examples/agents");
  const flags = { agents, llm: "openai-generic", llmBaseUrl: model.baseUrl, llmModel: "scripted" };
  control = await Control.start({ flags });
});
afterAll(async () => {
  await control.close();
  await model.close();
});

async function create(body: object): Promise<void> {
  const created = await control.post("/api/agents", body, { prefer: "wait=20" });
  expect(created.json).toMatchObject({ outcome: "done" });
}

async function agent(id: string) {
  return (await control.get(`/api/agents/${id}`)).json;
}

test("follow-steps prints the steps of the researcher, which uses a tool, answers and ends", async () => {
  const program = join(projectRoot, "examples/follow-steps.ts");
  const address = `${control.troupe.server.url}/?token=${control.token}`;
  const follower = spawn(process.execPath, [program, address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  createInterface({ input: follower.stdout }).on("line", (line) => lines.push(line));
  await until(async () => /^troupe_stream_clients 1$/m.test((await control.get("/metrics")).text));
  await create({
    agent_id: "r1",
    agent_type: "researcher",
    initial_subject: "hours of a leap year",
  });
  await until(() => lines.length === 2);
  expect(lines).toEqual(["r1 1: multiply(366*24) = 8784", "r1 2: 8784 hours"]);
  expect(model.requests[1]?.prompt).toContain("multiply(366*24) = 8784");
  await until(async () => (await agent("r1")).status === "stopped");
  follower.kill();
  await once(follower, "exit");
});

test("follow-steps ends in order when what reads its output has ended", async () => {
  const program = join(projectRoot, "examples/follow-steps.ts");
  const address = `${control.troupe.server.url}/?token=${control.token}`;
  const follower = spawn(process.execPath, [program, address], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors = text(follower.stderr);
  const ended = once(follower, "exit");
  await until(async () => /^troupe_stream_clients 1$/m.test((await control.get("/metrics")).text));
  follower.stdout.destroy();
  await create({ agent_id: "joker", initial_subject: "pipes" });
  expect(await ended).toEqual([0, null]);
  expect(await errors).toBe("");
  await control.post("/api/agents/joker/destroy", {}, { prefer: "wait=20" });
});

test("researcher takes a reply that is not an object of JSON as its answer", async () => {
  await create({ agent_id: "r2", agent_type: "researcher", initial_subject: "the same" });
  await until(async () => (await agent("r2")).status === "stopped");
  const { history } = await agent("r2");
  const results = history.map(({ result }: { result: string }) => result);
  expect(results).toEqual(["toString(7) = there is no such tool", "8784"]);
});

test("manager creates its workers, and again one that was destroyed", async () => {
  const tokenFile = join(control.folder, "data/troupe/token");
  const config = { workers: 2, url: control.troupe.server.url, tokenFile };
  await create({ agent_id: "boss", agent_type: "manager", config });
  await until(async () => (await agent("boss-2")).status === "running");
  await control.post("/api/agents/boss-1/destroy", {}, { prefer: "wait=20" });
  await until(async () => (await agent("boss-1")).generation === 2);
});

const steer = join(projectRoot, "examples/steer.py");
const python = (...args: readonly string[]) => spawnSync("python3", args, { encoding: "utf8" });

/** Why the Python example cannot run here, if it cannot: packages of npm and Debian have no LanceDB for it. */
function findObstacle(): string | undefined {
  if (python("--version").status !== 0) return "this machine has no python3";
  if (python("-c", "import lancedb").status !== 0) return "Python has no lancedb here";
  return undefined;
}

test("steer.py steers an agent through the table alone", async (context) => {
  const parses = python("-c", `import ast; ast.parse(open(${JSON.stringify(steer)}).read())`);
  if (parses.error === undefined) expect(parses).toMatchObject({ status: 0, stderr: "" });
  const obstacle = findObstacle();
  if (obstacle !== undefined)
    return context.skip(`${obstacle}; its syntax was checked if python3 is there`);
  await create({ agent_id: "steered" });
  // Not waited for synchronously: the fleet runs in this process.
  const args = [steer, join(control.folder, "data/troupe"), "steered", "dogs"];
  const steering = spawn("python3", args, { stdio: ["ignore", "pipe", "inherit"] });
  expect((await text(steering.stdout)).trim()).toBe("done");
  await until(async () => (await agent("steered")).current_subject === "dogs");
});
