/**
 * How long a fleet is away after `kill -9`: from the start of the next process until each agent has
 * stored a step of its new generation, compared with a process that makes as many raw workers.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { connect, type TroupeClient } from "../dist/index.js";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents as agentsFolder } from "./fleet.ts";
import { startRawWorkers } from "./raw-workers.ts";
import { type Measure, percentile, report } from "./report.ts";

/** Fleets of so many agents, each with its aim: the greatest ratio to as many raw workers. */
const given = process.env["BENCH_AGENTS"];
const FLEETS =
  given === undefined
    ? [
        { agents: 200, aim: 1.58 },
        { agents: 1_000, aim: 1.3 },
      ]
    : [{ agents: Number(given), aim: 1.3 }];
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);

const [role, count] = process.argv.slice(2);
if (role === "workers") {
  await startRawWorkers(Number(count));
  console.log("online");
} else {
  const measures: Measure[] = [];
  for (const fleet of FLEETS) measures.push(...(await compare(fleet)));
  report("restart", measures);
}

async function compare({ agents, aim }: (typeof FLEETS)[number]): Promise<readonly Measure[]> {
  await using folder = await makeTempFolder();
  const raw: number[] = [];
  const ours: number[] = [];
  await life({ cwd: folder.path, agents, generation: 1 });
  for (let round = 0; round < ROUNDS; round += 1) {
    raw.push(await startRawProcess(agents));
    ours.push(await life({ cwd: folder.path, agents, generation: round + 2 }));
  }
  const limit = percentile(raw, 0.5);
  return [
    { what: `a process with ${agents} raw workers`, value: limit, unit: "ms" },
    {
      what: `start after kill -9 until ${agents} agents stored a step`,
      value: percentile(ours, 0.5),
      unit: "ms",
      limit,
      aim,
    },
    { what: "  slowest of the rounds", value: percentile(ours, 1), unit: "ms", limit },
  ];
}

interface Life {
  /** Working directory, and so the database. */
  readonly cwd: string;
  readonly agents: number;
  readonly generation: number;
}

/**
 * One run of the program, until it is killed. Agents take one step in each, so that an agent's generation
 * and its iteration grow together.
 * @returns milliseconds from its start until all agents have stored a step of this generation
 */
async function life({ cwd, agents, generation }: Life): Promise<number> {
  const begun = performance.now();
  await using program = new Program({
    cwd,
    env: { TROUPE_AGENTS: agentsFolder, TROUPE_LLM: "offline", TROUPE_LOG: "warn" },
  });
  const line = await program.line(/^Troupe serves at /);
  const client = connect(line.slice(line.indexOf("http")));
  const stepped = allStepped(client, agents, generation);
  if (generation === 1) await client.enqueue(creates(agents));
  await stepped;
  const tookMs = performance.now() - begun;
  await program.end("SIGKILL");
  return tookMs;
}

function creates(agents: number) {
  return Array.from({ length: agents }, (_, n) => ({
    action: "create_agent",
    actor: "bench",
    agentId: `agent${n}`,
    payload: { agent_type: "probe", config: { interval_ms: 3_600_000 } },
  }));
}

/** Subscribes first and then reads once, so that no step is missed and no poll slows the start. */
async function allStepped(client: TroupeClient, agents: number, generation: number): Promise<void> {
  const stepped = new Set<string>();
  const done = Promise.withResolvers<void>();
  const count = (agentId: string) => {
    stepped.add(agentId);
    if (stepped.size === agents) done.resolve();
  };
  const look = async () => {
    for await (const row of client.agents()) {
      if (row.generation >= generation && row.iteration >= generation) count(row.agent_id);
    }
  };
  const ending = new AbortController();
  const follow = async () => {
    const events = client.events({
      types: ["agent.step"],
      signal: ending.signal,
      onConnection: ({ isOpen }) => {
        if (isOpen) look().catch(done.reject);
      },
    });
    for await (const event of events) {
      if (event.type === "gap") await look();
      else if (event.data.generation >= generation) count(event.data.agent_id);
    }
  };
  const following = follow();
  await Promise.race([done.promise, following]);
  ending.abort();
  await following;
}

/** Milliseconds from the start of a process until its raw workers run. */
async function startRawProcess(agents: number): Promise<number> {
  const begun = performance.now();
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [file, "workers", String(agents)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "data");
  const tookMs = performance.now() - begun;
  child.kill("SIGKILL");
  await exited;
  return tookMs;
}
