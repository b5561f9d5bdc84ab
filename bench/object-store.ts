/**
 * What a database on an object store costs: requests of a start, of a fleet at rest, of a flush and of an
 * interrupt, counted between the program and Ceph's gateway, and how long they take next to one append
 * by LanceDB alone. Without the gateway's packages it names them and measures nothing.
 */

import { setTimeout as delay } from "node:timers/promises";
import { connect as openDatabase } from "@lancedb/lancedb";
import { isMissing } from "../test/support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../test/support/object-gateway.ts";
import { clientOf } from "../test/support/owners.ts";
import { Program } from "../test/support/program.ts";
import { RequestCounter, type StoreRequest } from "../test/support/request-counter.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { agents } from "./fleet.ts";
import { type Measure, percentile, report } from "./report.ts";

type Client = Awaited<ReturnType<typeof clientOf>>;

const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 300);
/** Until the polls of a fleet at rest have backed off. */
const RAMP_SECONDS = 60;
const LOAD_SECONDS = Number(process.env["BENCH_LOAD_SECONDS"] ?? 60);
const RESTING = 50;
const STEPPING = 45;
const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 30);
/** Milliseconds between two interrupts, or creates: longer than a check of the claim stays fresh. */
const PAUSE_MS = 2_500;
const REST_MS = 3_600_000;
const WAIT_MS = 60_000;
const IDLE_MOST = 0.05;
const FLUSH_MOST = 8;

interface Place extends AsyncDisposable {
  readonly counter: RequestCounter;
  readonly env: Readonly<Record<string, string>>;
}

if (!isMissing(gatewayPrograms)) await measure();

async function measure(): Promise<void> {
  await using made = new AsyncDisposableStack();
  const gateway = made.use(await ObjectGateway.start());
  const used = made.use(await makePlace(gateway, "used"));
  const appended = await measureAppends(used);
  const empty = await measureStart(used);
  const working = await measureWork(used, appended.p50);
  const second = await measureStart(used);
  const resting = await Promise.all([measureIdle(gateway, 0), measureIdle(gateway, RESTING)]);
  report("object-store", [
    ...appended.measures,
    { what: "start on an empty database", value: empty.requests, unit: "requests" },
    { what: "  until it serves", value: empty.ms, unit: "ms" },
    { what: `start with ${SAMPLES + STEPPING} agents`, value: second.requests, unit: "requests" },
    { what: "  until it serves", value: second.ms, unit: "ms" },
    ...working,
    ...resting,
  ]);
}

async function makePlace(gateway: ObjectGateway, bucket: string): Promise<Place> {
  await using made = new AsyncDisposableStack();
  await gateway.makeBucket(bucket);
  const { path } = made.use(await makeTempFolder());
  const counter = made.use(await RequestCounter.start(gateway.endpoint));
  const env = {
    ...gateway.env(bucket, counter.endpoint),
    TROUPE_AGENTS: agents,
    TROUPE_LLM: "offline",
    TROUPE_LOCAL: path,
    TROUPE_TOKEN: "a-token-of-the-test",
  };
  const parts = made.move();
  return { counter, env, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

function startProgram({ env }: Place): Promise<Program> {
  return Program.start({ cwd: agents, env });
}

async function measureStart(place: Place): Promise<{ requests: number; ms: number }> {
  place.counter.take();
  const begun = performance.now();
  await using program = await startProgram(place);
  const ms = performance.now() - begun;
  const requests = place.counter.take().length;
  await program.end();
  return { requests, ms };
}

/** One row at a time through LanceDB alone, to a table next to the database. */
async function measureAppends({ counter, env }: Place) {
  const database = await openDatabase(`${env["TROUPE_DB"]}-plain`, { storageOptions: { ...env } });
  const table = await database.createTable("plain", [{ id: 0, payload: "" }]);
  counter.take();
  const took: number[] = [];
  for (let n = 1; n <= SAMPLES; n += 1) {
    const begun = performance.now();
    await table.add([{ id: n, payload: JSON.stringify({ agent_id: "probe0", guidance: { n } }) }]);
    took.push(performance.now() - begun);
  }
  const requests = counter.take().length / SAMPLES;
  database.close();
  const p50 = percentile(took, 0.5);
  const what = "LanceDB append of one row";
  return {
    p50,
    measures: [
      { what, value: requests, unit: "requests" },
      { what: "  p50", value: p50, unit: "ms" },
      { what: "  p99", value: percentile(took, 0.99), unit: "ms" },
    ],
  };
}

async function measureWork(place: Place, limit: number): Promise<readonly Measure[]> {
  await using program = await startProgram(place);
  const client = await clientOf(program);
  const created = await measureCreates(client, limit);
  const quiet = await measureInterrupts("at rest", { client, place, limit });
  await createAll(client, STEPPING, "restless", 1_000);
  const load = await measureLoad(place);
  const loaded = await measureInterrupts(`${STEPPING} agents step`, { client, place, limit });
  await program.end();
  return [...created, ...quiet, ...load, ...loaded];
}

async function measureCreates(client: Client, limit: number): Promise<readonly Measure[]> {
  const posted: number[] = [];
  const running: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    await delay(PAUSE_MS);
    const begun = performance.now();
    const config = { interval_ms: REST_MS };
    const id = await client.agentCreate(`probe${n}`, "bench", { agentType: "probe", config });
    posted.push(performance.now() - begun);
    await client.actionWait(id, WAIT_MS);
    running.push(performance.now() - begun);
  }
  return [
    ...latency("create until accepted", posted, limit),
    ...latency("create until running", running, limit),
  ];
}

async function measureInterrupts(
  how: string,
  { client, place, limit }: { client: Client; place: Place; limit: number },
): Promise<readonly Measure[]> {
  const ending = new AbortController();
  const following = follow(client, ending.signal);
  place.counter.take();
  for (let n = 0; n < SAMPLES; n += 1) {
    await client.agentInterrupt("probe0", "bench", { sentAt: wallClock() });
    await delay(PAUSE_MS);
  }
  const all = place.counter.take();
  const requests = how === "at rest" ? all.length : countOf(all, "queue");
  ending.abort();
  const took = await following;
  const what = how === "at rest" ? "an interrupt" : "an interrupt, those to the queue";
  return [
    ...latency(`${how}: interrupt until the agent's step`, took, limit),
    { what: `${how}: ${what}`, value: requests / SAMPLES, unit: "requests" },
    {
      what: `${how}: interrupts that no step used`,
      value: SAMPLES - took.length,
      unit: "",
      most: 0,
    },
  ];
}

/** The milliseconds that each interrupt took, as the agent reports them. */
async function follow(client: Client, signal: AbortSignal): Promise<readonly number[]> {
  const took: number[] = [];
  for await (const event of client.events({ types: ["agent.step"], signal })) {
    if (event.type !== "agent.step" || event.data.agent_id !== "probe0") continue;
    took.push(Number(event.data.result));
  }
  return took;
}

async function measureLoad({ counter }: Place): Promise<readonly Measure[]> {
  await delay(5_000);
  counter.take();
  const halves: StoreRequest[][] = [];
  for (let half = 0; half < 2; half += 1) {
    await delay((LOAD_SECONDS * 1_000) / 2);
    halves.push([...counter.take()]);
  }
  const all = halves.flat();
  const [first = [], last = []] = halves;
  return [
    {
      what: `${STEPPING} agents step once a second`,
      value: all.length / LOAD_SECONDS,
      unit: "requests/s",
    },
    ...["GET", "PUT", "LIST"].map((method) => timeOf(method, all)),
    ...flushes("agent_steps", all),
    ...flushes("agent_state", all),
    { what: "  of the first half", value: eachFlush(first, "agent_state"), unit: "requests" },
    { what: "  of the last half", value: eachFlush(last, "agent_state"), unit: "requests" },
  ];
}

function flushes(table: string, all: readonly StoreRequest[]): readonly Measure[] {
  const own = all.filter((one) => one.table === table);
  const commits = own.filter(({ isCommit }) => isCommit).length;
  const methods = Map.groupBy(own, ({ method }) => method);
  return [
    {
      what: `a flush of ${table}`,
      value: eachFlush(all, table),
      unit: "requests",
      most: FLUSH_MOST,
    },
    ...[...methods].map(([method, { length }]) => ({
      what: `  ${method}`,
      value: length / commits,
      unit: "requests",
    })),
    { what: "  commits", value: commits / LOAD_SECONDS, unit: "/s" },
  ];
}

function timeOf(method: string, all: readonly StoreRequest[]): Measure {
  const took = all.filter((one) => one.method === method).map(({ ms }) => ms);
  return { what: `  ${method}, p99`, value: percentile(took, 0.99), unit: "ms" };
}

/**
 * With the share of compactions, whose commits count as flushes. A merge reads each fragment, and each of
 * `SAMPLES` creates before has made one: fewer samples, fewer GETs.
 */
function eachFlush(all: readonly StoreRequest[], table: string): number {
  const commits = all.filter((one) => one.table === table && one.isCommit).length;
  return countOf(all, table) / commits;
}

function countOf(all: readonly StoreRequest[], table: string): number {
  return all.filter((one) => one.table === table).length;
}

async function measureIdle(gateway: ObjectGateway, count: number): Promise<Measure> {
  await using place = await makePlace(gateway, `idle${count}`);
  await using program = await startProgram(place);
  await createAll(await clientOf(program), count, "probe", REST_MS);
  await delay(RAMP_SECONDS * 1_000);
  place.counter.take();
  await delay(SECONDS * 1_000);
  const value = place.counter.take().length / SECONDS;
  await program.end();
  return { what: `${count} agents at rest`, value, unit: "requests/s", most: IDLE_MOST };
}

async function createAll(client: Client, count: number, type: string, interval_ms: number) {
  const ids = Array.from({ length: count }, (_, n) => `${type}-${n}`);
  const requests = ids.map((agent_id) => ({
    action: "create_agent",
    actor: "bench",
    payload: { agent_id, agent_type: type, config: { interval_ms } },
  }));
  if (count === 0) return;
  for (const id of await client.enqueue(requests)) await client.actionWait(id, WAIT_MS);
}

function latency(what: string, took: readonly number[], limit: number): readonly Measure[] {
  return [
    { what: `${what}, p50`, value: percentile(took, 0.5), unit: "ms", limit },
    { what: `${what}, p99`, value: percentile(took, 0.99), unit: "ms", limit },
  ];
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
