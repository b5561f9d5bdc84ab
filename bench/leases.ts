/**
 * A fleet of eight shards and a spare with leases in etcd: how long a shard is without steps when its
 * machine is killed or stopped, and whether anybody notices that etcd is away.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { connect } from "../src/fleet/connect.ts";
import type { ServerFleet } from "../src/fleet/server-fleet.ts";
import { shardOf } from "../src/model/shard.ts";
import { Etcd, etcdPrograms } from "../test/support/etcd.ts";
import { isMissing } from "../test/support/needed-programs.ts";
import { Program } from "../test/support/program.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { until } from "../test/support/until.ts";
import { report } from "./report.ts";

const SHARDS = 8;
const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 25);
const AWAY_MS = Number(process.env["BENCH_SECONDS"] ?? 30) * 1_000;
const INTERVAL_MS = 1_000;
/** `lease-url.ts` */
const TTL_S = 5;
const TOKEN = "a-token-of-the-benchmark";
const agents = fileURLToPath(new URL("../test/support/agents", import.meta.url));

interface Node {
  readonly program: Program;
  readonly shard: number;
  readonly client: ServerFleet;
}

if (!isMissing(etcdPrograms)) await measure();

async function measure(): Promise<void> {
  await using made = new AsyncDisposableStack();
  const etcd = made.use(await Etcd.start());
  const { path } = made.use(await makeTempFolder());
  await mkdir(join(path, "db"));
  await writeFile(join(path, "db", "fleet.json"), JSON.stringify({ shards: SHARDS }));
  let machines = 0;
  const start = () => made.use(machine(path, join(path, `machine${machines++}`), etcd.address));
  const nodes = new Map<number, Node>();
  for (const program of Array.from({ length: SHARDS }, start)) {
    const node = await nodeOf(program);
    nodes.set(node.shard, node);
    await createAgents(node);
  }
  const [killed, stopped] = [...nodes.values()];
  if (killed === undefined || stopped === undefined) throw new Error("no nodes");
  const afterKill = await takeOver(await spare(start()), killed, "SIGKILL");
  nodes.set(killed.shard, afterKill.node);
  const afterStop = await takeOver(await spare(start()), stopped, "SIGSTOP");
  nodes.set(stopped.shard, afterStop.node);
  const endMs = await continueStopped(stopped.program);
  const away = await withoutEtcd(etcd, [...nodes.values()]);
  const most = TTL_S + 10;
  report("leases", [
    { what: "killed machine: until all its agents have stepped elsewhere", ...s(afterKill), most },
    { what: "  until the spare had the lease", ...s({ ms: afterKill.leaseMs }) },
    { what: "stopped machine: until all its agents have stepped elsewhere", ...s(afterStop), most },
    { what: "  until the spare had the lease", ...s({ ms: afterStop.leaseMs }) },
    { what: "  continued: until its process has ended", ...s({ ms: endMs }), most: 3 },
    { what: "steps stored", value: away.steps, unit: "" },
    { what: "steps twice or missing", value: away.faults, unit: "", most: 0 },
    {
      what: `etcd away for ${AWAY_MS / 1_000} s: processes that ended`,
      value: away.ended,
      unit: "",
      most: 0,
    },
    { what: "  longest time between two steps of an agent", ...s({ ms: away.gapMs }) },
  ]);
}

function s({ ms }: { readonly ms: number }) {
  return { value: ms / 1_000, unit: "s" };
}

/** Milliseconds until it has ended. Resolves once it waits as a spare. */
async function continueStopped(program: Program): Promise<number> {
  const at = performance.now();
  program.signalGroup("SIGCONT");
  await program.line(/restarting in .* as a spare/);
  const endMs = performance.now() - at;
  await program.line(/spare: waits/);
  return endMs;
}

/** Counts all steps so far, and the time between two of them while etcd is away and comes back. */
async function withoutEtcd(etcd: Etcd, nodes: readonly Node[]) {
  const from = Date.now();
  etcd.freeze();
  await delay(AWAY_MS);
  etcd.thaw();
  await delay(2 * TTL_S * 1_000);
  const window = { from, to: Date.now() };
  const counts = await Promise.all(nodes.map((node) => countSteps(node, window)));
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  return {
    ended: nodes.filter(({ program }) => hasChanged(program)).length,
    steps: sum(counts.map(({ steps }) => steps)),
    faults: sum(counts.map(({ faults }) => faults)),
    gapMs: Math.max(...counts.map(({ gapMs }) => gapMs)),
  };
}

function hasChanged({ isAlive, output }: Program): boolean {
  return !isAlive || /restarting/.test(output);
}

/** Started with a heart, and with its own folder for local files. */
function machine(path: string, local: string, etcd: string): Program {
  const env = {
    TROUPE_DB: join(path, "db"),
    TROUPE_LOCAL: local,
    TROUPE_LEASES: `etcd://${etcd}/troupe?ttl=${TTL_S}`,
    TROUPE_AGENTS: agents,
    TROUPE_TOKEN: TOKEN,
    TROUPE_ACK: "table",
  };
  return new Program({ cwd: agents, args: ["start"], isGroup: true, env });
}

async function spare(program: Program): Promise<Program> {
  await program.line(/spare: waits/);
  return program;
}

async function nodeOf(program: Program): Promise<Node> {
  const shard = Number((await program.line(/^database/)).slice(-4));
  const [, url = ""] = /(http:\S+)\/\?token=/.exec(await program.line(/^Troupe serves/)) ?? [];
  return { program, shard, client: connect(url, { token: TOKEN }) };
}

/** Agents with ids that are in the shard. */
async function createAgents({ client, shard }: Node): Promise<void> {
  const ids: string[] = [];
  for (let n = 0; ids.length < AGENTS; n += 1) {
    if (shardOf(`agent${n}`, SHARDS) === shard) ids.push(`agent${n}`);
  }
  const config = { interval_ms: INTERVAL_MS };
  await Promise.all(
    ids.map((id) => client.agentCreate(id, "bench", { agentType: "ledger", config })),
  );
  await until(async () => (await iterations(client)).filter((n) => n > 2).length === AGENTS);
}

async function iterations(client: ServerFleet): Promise<readonly number[]> {
  const { items } = await client.agentPage({ limit: 1_000 });
  return items.map(({ iteration }) => iteration);
}

/** Resolves once all agents have stored a step of the process that waited. */
async function takeOver(waiting: Program, from: Node, signal: NodeJS.Signals) {
  const before = await newestEpochs(from.client);
  from.program.signalGroup(signal);
  const at = performance.now();
  await waiting.line(/this process has the lease/);
  const leaseMs = performance.now() - at;
  const node = await nodeOf(waiting);
  const last = Math.max(...before);
  const haveStepped = async () => (await newestEpochs(node.client)).every((epoch) => epoch > last);
  // Seldom, because each look is as many requests as there are agents.
  while (!(await haveStepped())) await delay(200);
  return { node, leaseMs, ms: performance.now() - at };
}

/** The epoch of each agent's newest step. */
async function newestEpochs(client: ServerFleet): Promise<readonly number[]> {
  const { items } = await client.agentPage({ limit: 1_000 });
  return await Promise.all(
    items.map(async ({ agent_id }) => {
      const { items: steps } = await client.stepPage(agent_id, { limit: 1 });
      return steps[0]?.epoch ?? 0;
    }),
  );
}

interface Count {
  readonly steps: number;
  /** Iterations that are stored twice, or not at all. */
  readonly faults: number;
  /** Longest time between two steps, within the window. */
  readonly gapMs: number;
}

async function countSteps({ client }: Node, window: { from: number; to: number }): Promise<Count> {
  const { items } = await client.agentPage({ limit: 1_000 });
  let [steps, faults, gapMs] = [0, 0, 0];
  for (const { agent_id } of items) {
    const rows = (await Array.fromAsync(client.steps(agent_id))).reverse();
    steps += rows.length;
    faults += rows.filter(({ iteration }, n) => iteration !== n + 1).length;
    const times = rows.map(({ started_at }) => started_at);
    const within = times.filter((at) => at >= window.from && at <= window.to);
    for (const [n, at] of within.entries()) gapMs = Math.max(gapMs, at - (within[n - 1] ?? at));
  }
  return { steps, faults, gapMs };
}
