/**
 * What agents cost that rest until a step in an hour: processor time of the whole process, commits to the
 * database, syncs of any file if there is a C compiler to count them, and memory of each compared with a
 * raw worker thread. Each side is measured in its own process.
 */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect as openDatabase } from "@lancedb/lancedb";
import { connect } from "../dist/index.js";
import type { Troupe } from "../dist/main.js";
import { defined } from "../src/model/defined.ts";
import { buildSyncProbe, countedSyncs, readSyncCount } from "../test/support/sync-probe.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { createAgents } from "./create-agents.ts";
import { startFleet } from "./fleet.ts";
import { endRawWorkers, startRawWorkers } from "./raw-workers.ts";
import { report } from "./report.ts";
import { measureProcessor } from "./thread-times.ts";

const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 20);
/**
 * Agents that are created and destroyed before: memory that the process takes once, for its first model
 * calls and commits, is not an agent's.
 */
const AGENTS_BEFORE = 20;
/** Until then old versions are removed and the memory of every thread has been sampled once. */
const WARM_UP_MS = SECONDS * 1_500;
const PERCENT_MOST = 1;
const MEMORY_AIM = 1.15;

interface Idle {
  readonly bytesEach: number;
  readonly percentOfCore: number;
  readonly commits: number;
  /** Undefined if they are not counted. */
  readonly syncs?: number;
}

const [role] = process.argv.slice(2);
if (role === "agents") console.log(JSON.stringify(await measureAgents()));
else if (role === "workers") console.log(JSON.stringify(await measureWorkers()));
else await compare();

async function compare(): Promise<void> {
  await using folder = await makeTempFolder();
  const library = buildSyncProbe(folder.path);
  const count = join(folder.path, "syncs");
  const raw = run("workers");
  const env = library === undefined ? {} : countedSyncs(library, count);
  const ours = run("agents", env);
  const unit = "% of a core";
  const limit = raw.bytesEach / 2 ** 20;
  report("idle", [
    { what: `${AGENTS} raw workers`, value: raw.percentOfCore, unit },
    { what: `${AGENTS} resting agents`, value: ours.percentOfCore, unit, most: PERCENT_MOST },
    { what: `commits in ${SECONDS} s`, value: ours.commits, unit: "", most: 0 },
    ...(ours.syncs === undefined
      ? []
      : [{ what: `syncs in ${SECONDS} s`, value: ours.syncs, unit: "", most: 0 }]),
    { what: "memory of a raw worker", value: limit, unit: "MiB" },
    {
      what: "memory of a resting agent",
      value: ours.bytesEach / 2 ** 20,
      unit: "MiB",
      limit,
      aim: MEMORY_AIM,
    },
  ]);
}

function run(side: "agents" | "workers", env: Readonly<Record<string, string>> = {}): Idle {
  const file = fileURLToPath(import.meta.url);
  const output = execFileSync(process.execPath, ["--expose-gc", file, side], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Idle;
}

async function measureAgents(): Promise<Idle> {
  // With their threads: residency.ts measures agents that have given them back.
  await using fleet = await startFleet(undefined, { idleMs: "0" });
  const { troupe, location } = fleet;
  const type = process.env["BENCH_TYPE"] ?? "joke";
  await createAgents(troupe, AGENTS_BEFORE, type, {}, "before");
  await destroyAll(troupe, "before");
  const bytesBefore = residentBytes();
  await createAgents(troupe, AGENTS, type, { interval_ms: 3_600_000 });
  const { url, token } = troupe.server;
  await connect(url, { token }).databaseCompact();
  await delay(WARM_UP_MS);
  const bytesEach = (residentBytes() - bytesBefore) / AGENTS;
  const versions = await countVersions(location);
  const counted = process.env["SYNC_COUNT"];
  const before = counted === undefined ? 0 : readSyncCount(counted);
  const percentOfCore = await measureProcessor(SECONDS);
  const syncs = counted === undefined ? undefined : readSyncCount(counted) - before;
  const commits = (await countVersions(location)) - versions;
  return { bytesEach, percentOfCore, commits, ...defined({ syncs }) };
}

async function measureWorkers(): Promise<Idle> {
  const before = residentBytes();
  const workers = await startRawWorkers(AGENTS);
  const bytesEach = (residentBytes() - before) / AGENTS;
  const percentOfCore = await measureProcessor(SECONDS);
  await endRawWorkers(workers);
  return { bytesEach, percentOfCore, commits: 0 };
}

async function destroyAll(troupe: Troupe, name: string): Promise<void> {
  const ids = Array.from({ length: AGENTS_BEFORE }, (_, n) => `${name}${n}`);
  const actions = await troupe.queue.append(
    ids.map((agent_id) => ({ action: "agent_destroy", actor: "bench", payload: { agent_id } })),
  );
  await Promise.all(actions.map((action) => troupe.queue.waitFor(action, 60_000)));
}

/** Each commit to a table makes one version of it. */
async function countVersions(location: string): Promise<number> {
  const database = await openDatabase(location);
  const names = await database.tableNames();
  const versions = await Promise.all(
    names.map(async (name) => {
      const table = await database.openTable(name);
      const version = await table.version();
      table.close();
      return version;
    }),
  );
  database.close();
  return versions.reduce((sum, version) => sum + version, 0);
}

function residentBytes(): number {
  global.gc?.();
  return process.memoryUsage.rss();
}
