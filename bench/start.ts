/**
 * How long a start takes: from the execution of the program until `/readyz` answers 200 on an empty
 * database, and from its execution after `kill -9` until all agents have stored a step again, next to a
 * process that makes as many raw workers.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect } from "../dist/index.js";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents } from "./fleet.ts";
import { allStepped, creates } from "./fleet-steps.ts";
import { startRawWorkers } from "./raw-workers.ts";
import { type Measure, percentile, report } from "./report.ts";

const COUNTS = (process.env["BENCH_AGENTS"] ?? "200,1000").split(",").map(Number);
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
/** Greatest ratio to raw workers: of 1,000 agents, and of 200 (3 s, if raw workers take 1.9). */
const AIM = 1.3;
const AIM_FEW = 1.58;

const [role, count] = process.argv.slice(2);
if (role === "workers") {
  await startRawWorkers(Number(count));
  console.log("online");
} else {
  const measures = [...(await measureReady())];
  for (const each of COUNTS) measures.push(...(await measureReturn(each)));
  report("start", measures);
}

async function measureReady(): Promise<readonly Measure[]> {
  const node: number[] = [];
  const bare: number[] = [];
  const underHeart: number[] = [];
  for (let round = 0; round < 2 * ROUNDS + 1; round += 1) {
    node.push(await untilOutput(["-e", "console.log(1)"]));
    bare.push(await untilReady(["start", "--no-heart"]));
    underHeart.push(await untilReady(["start"]));
  }
  const limit = percentile(node, 0.5);
  return [
    { what: "a Node that prints a line", value: limit, unit: "ms" },
    { what: "empty database until ready", value: percentile(bare, 0.5), unit: "ms", limit },
    { what: "  under the heart", value: percentile(underHeart, 0.5), unit: "ms", limit },
  ];
}

async function measureReturn(agentCount: number): Promise<readonly Measure[]> {
  await using folder = await makeTempFolder();
  const raw: number[] = [];
  const ours: number[] = [];
  const created = await life(folder.path, 1, agentCount);
  for (let round = 0; round < ROUNDS; round += 1) {
    raw.push(await untilOutput([fileURLToPath(import.meta.url), "workers", String(agentCount)]));
    ours.push(await life(folder.path, round + 2, agentCount));
  }
  const limit = percentile(raw, 0.5);
  const back = percentile(ours, 0.5);
  const aim = agentCount < 1_000 ? AIM_FEW : AIM;
  return [
    { what: `a process with ${agentCount} raw workers`, value: limit, unit: "ms" },
    {
      what: `start and ${agentCount} creates until each stored a step`,
      value: created,
      unit: "ms",
      limit,
    },
    { what: `${agentCount} agents back after kill -9`, value: back, unit: "ms", limit, aim },
  ];
}

/** Milliseconds until `/readyz` answers 200. */
async function untilReady(args: readonly string[]): Promise<number> {
  await using folder = await makeTempFolder();
  const begun = performance.now();
  await using program = new Program({ cwd: folder.path, args, env: { TROUPE_LLM: "offline" } });
  const line = await program.line(/^Troupe serves at /);
  const { origin } = new URL(line.slice(line.indexOf("http")));
  const { status } = await fetch(`${origin}/readyz`);
  const tookMs = performance.now() - begun;
  if (status !== 200) throw new Error(`/readyz must answer 200 from then on, answered ${status}`);
  await program.end();
  return tookMs;
}

/** Milliseconds until a process of Node prints something. */
async function untilOutput(args: readonly string[]): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const tookMs = performance.now() - begun;
  child.kill("SIGKILL");
  await exited;
  return tookMs;
}

/**
 * One run of the program, until it is killed. Agents take one step in each, so that an agent's generation
 * and its iteration grow together.
 * @returns milliseconds from its start until all agents have stored a step of this generation
 */
async function life(cwd: string, generation: number, agentCount: number): Promise<number> {
  const begun = performance.now();
  await using program = new Program({
    cwd,
    env: { TROUPE_AGENTS: agents, TROUPE_LLM: "offline", TROUPE_LOG: "warn" },
  });
  const line = await program.line(/^Troupe serves at /);
  const client = connect(line.slice(line.indexOf("http")));
  const stepped = allStepped(client, generation, agentCount);
  if (generation === 1) await client.enqueue(creates(agentCount));
  await stepped;
  const tookMs = performance.now() - begun;
  await program.end("SIGKILL");
  return tookMs;
}
