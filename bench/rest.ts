/**
 * What REST costs: single posts until they are durable compared with the same route that stores nothing,
 * posts of 1,000 actions compared with LanceDB's own append of as many rows, and a page of 1,000 agents.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { connect } from "@lancedb/lancedb";
import { pino } from "pino";
import type { ControlParts } from "../src/control/control-parts.ts";
import { listenAt } from "../src/control/http/listener.ts";
import { serve } from "../src/control/server.ts";
import { StreamHub } from "../src/control/stream/hub.ts";
import { Counters } from "../src/counters.ts";
import { EventBus } from "../src/event-bus.ts";
import { History } from "../src/model/history.ts";
import { parseAgentId } from "../src/model/ids.ts";
import { ActionQueue } from "../src/queue/action-queue.ts";
import { openStore } from "../src/store/store.ts";
import { AgentInspector } from "../src/supervisor/inside/agent-inspector.ts";
import { AgentLogs } from "../src/supervisor/inside/agent-logs.ts";
import { newAgentRow } from "../src/supervisor/new-agent-row.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type LoadOptions, load } from "./http-load.ts";
import { report } from "./report.ts";

/** Milliseconds of each measurement. */
const MS = 5_000;
const CALLERS = 256;
const BULK_CALLERS = 4;
const BULK_ROWS = 1_000;
const AGENTS = 1_000;

/** Far in the future: the benchmark measures the request, not the handling of its action. */
const later = { not_before: Date.now() + 1e10 };
const single = {
  path: "/api/agents/agent1/pause",
  body: JSON.stringify({ reason: "bench", ...later }),
};
const action = {
  action: "agent_pause",
  payload: { agent_id: "agent1", reason: "bench" },
  ...later,
};
const bulk = { path: "/api/actions", body: JSON.stringify(Array(BULK_ROWS).fill(action)) };

const empty = await measureEmpty();
await using fleet = await startFleet((location) => layAgents(location));
const list = await measureList(fleet);
const singles = await measure(fleet, { ...single, callers: CALLERS });
const handled = await measure(fleet, {
  path: single.path,
  body: JSON.stringify({ reason: "bench" }),
  callers: CALLERS,
});
const bulks = await measure(fleet, { ...bulk, callers: BULK_CALLERS });
const adds = await measureAdds();

const perSecond = "/s";
report("rest", [
  { what: "route that stores nothing, 256 callers", value: empty.perSecond, unit: perSecond },
  {
    what: "single posts until durable, 256 callers",
    value: singles.perSecond,
    unit: perSecond,
    limit: empty.perSecond,
    aimLeast: 0.8,
  },
  { what: "  p50", value: singles.p50, unit: "ms" },
  { what: "  p99", value: singles.p99, unit: "ms" },
  {
    what: "  and carried out meanwhile (rejected)",
    value: handled.perSecond,
    unit: perSecond,
    limit: empty.perSecond,
  },
  { what: "LanceDB add of 1,000 rows, rows", value: adds.perSecond, unit: perSecond },
  {
    what: "posts of 1,000 actions, rows",
    value: bulks.perSecond * BULK_ROWS,
    unit: perSecond,
    limit: adds.perSecond,
    aimLeast: 0.6,
  },
  { what: "page of 1,000 agents, p50", value: list.p50, unit: "ms" },
  { what: "page of 1,000 agents, p99", value: list.p99, unit: "ms" },
  { what: "longest stall of the main loop meanwhile", value: list.stallMs, unit: "ms" },
  { what: "main thread: a post that stores nothing", value: empty.cpuEachMs, unit: "ms" },
  {
    what: "main thread: a durable post",
    value: singles.cpuEachMs,
    unit: "ms",
    limit: empty.cpuEachMs,
  },
  { what: "main thread: LanceDB add of 1,000 rows", value: adds.cpuEachMs, unit: "ms" },
  {
    what: "main thread: a post of 1,000 actions",
    value: bulks.cpuEachMs,
    unit: "ms",
    limit: adds.cpuEachMs,
  },
  { what: "main thread: a page of 1,000 agents", value: list.cpuEachMs, unit: "ms" },
]);

type Asked = Pick<LoadOptions, "path" | "callers"> & Partial<LoadOptions>;

async function measure({ troupe }: Pick<Fleet, "troupe">, asked: Asked) {
  const { url, token } = troupe.server;
  return await measureAt({ port: Number(new URL(url).port), token }, asked);
}

async function measureAt(at: Pick<LoadOptions, "port" | "token">, asked: Asked) {
  await load({ method: "POST", ms: MS / 5, ...at, ...asked });
  const begun = cpuMs();
  const { answers, failures, ms, p50, p99 } = await load({
    method: "POST",
    ms: MS,
    ...at,
    ...asked,
  });
  const cpuEachMs = (cpuMs() - begun) / answers;
  if (failures > 0) throw new Error(`${failures} of ${answers} requests to ${asked.path} failed`);
  const perSecond = (answers / ms) * 1_000;
  return { perSecond, cpuEachMs, p50, p99 };
}

/** Processor time of the server's thread, which a busy machine does not distort. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** The same server with a table that stores nothing. */
async function measureEmpty() {
  const table = { append: async () => undefined } as unknown as ControlParts["store"]["queue"];
  const store = { queue: table, health: { isWritable: true }, lost: new Promise(() => undefined) };
  const events = new EventBus();
  const parts: ControlParts = {
    queue: new ActionQueue(table),
    withdraw: () => Promise.reject(new Error("not requested here")),
    store: store as unknown as ControlParts["store"],
    events,
    stream: new StreamHub({ events, epoch: 1 }),
    counters: new Counters(events),
    log: pino({ level: "warn" }),
    epoch: 1,
    inside: {
      inspector: new AgentInspector(() => ({ agents: new Map(), getRow: () => Promise.reject() })),
      logs: new AgentLogs(() => undefined),
    },
    count: () => {
      throw new Error("not requested here");
    },
    prices: () => new Map(),
    spent: () => [],
    usageOf: () => undefined,
    live: () => null,
    liveAll: () => new Map(),
    liveNow: async () => null,
    types: {
      list: async () => [],
      findSchema: () => undefined,
      change: async () => {
        throw new Error("not requested here");
      },
    },
    modelFault: () => undefined,
    lease: () => undefined,
    models: () => [],
    about: () => ({ model: "none", database: "none" }),
  };
  const token = "bench".repeat(5);
  await using address = await listenAt({ host: "127.0.0.1", port: 0 });
  await using _served = await serve({ address, parts, token, host: "127.0.0.1", allowedHosts: [] });
  const port = Number(new URL(address.url).port);
  return await measureAt({ port, token }, { ...single, callers: CALLERS });
}

async function measureList({ troupe }: Fleet) {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const asked = { method: "GET" as const, path: `/api/agents?limit=${AGENTS}`, callers: 1 };
  await measure({ troupe }, asked);
  delays.enable();
  const measured = await measure({ troupe }, asked);
  delays.disable();
  return { ...measured, stallMs: delays.max / 1e6 };
}

/** LanceDB alone, on a table like the queue. */
async function measureAdds() {
  const folder = await mkdtemp(join(tmpdir(), "troupe-bench-"));
  await (await openStore({ location: folder })).close();
  const table = await (await connect(folder)).openTable("queue");
  const payload = JSON.stringify(action.payload);
  const row = { action: "agent_pause", agent_id: "agent1", actor: "rest", payload, urgency: 0 };
  const begun = performance.now();
  const cpuBegun = cpuMs();
  let rows = 0;
  for (; performance.now() - begun < MS; rows += BULK_ROWS) {
    await table.add(
      Array.from({ length: BULK_ROWS }, (_, n) => ({
        ...row,
        id: `${rows + n}`.padStart(36),
        created_at: Date.now(),
        processed: false,
        attempts: 0,
      })),
    );
  }
  const ms = performance.now() - begun;
  const cpuEachMs = ((cpuMs() - cpuBegun) / rows) * BULK_ROWS;
  table.close();
  await rm(folder, { recursive: true });
  return { perSecond: (rows / ms) * 1_000, cpuEachMs };
}

/** Agents as after some hundred jokes, all of them stopped. */
async function layAgents(location: string): Promise<void> {
  await using store = await openStore({ location });
  const result =
    "If I had a pound for every time that somebody mentioned cats, I would count coins.";
  const at = Date.now();
  const history = new History(
    Array.from({ length: 20 }, (_, n) => ({ iteration: 280 + n, subject: "cats", result, at })),
  );
  const context = JSON.stringify({ told: [result, result] });
  const changes = { iteration: 300, generation: 1, result, context, history, ended_at: at };
  const made = { agentType: "joke", subject: "cats", config: {} };
  await Promise.all(
    Array.from({ length: AGENTS }, (_, n) => {
      const row = newAgentRow(parseAgentId(`agent-${n}`), made, 1);
      return store.agents.record({ ...row, ...changes });
    }),
  );
}
