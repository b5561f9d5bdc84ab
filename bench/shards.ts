/**
 * Whether the shards of a fleet are independent: four processes with 250 agents each on this machine, one
 * is killed. How many steps do the other agents miss, how late are they before and after, when is the
 * killed shard back, and how long does one client take to interrupt all agents.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ShardedClient } from "../src/index.ts";
import { ShardedProgram } from "../test/support/sharded-program.ts";
import { agents } from "./fleet.ts";
import { percentile, report } from "./report.ts";

const SHARDS = 4;
const AGENTS = Number(process.env["BENCH_AGENTS"] ?? 1_000);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 30);
const INTERVAL_MS = 3_000;
/** Until the load of the start is over, and all connections are open. */
const SETTLE_MS = 10_000;
const WAIT_MS = 300_000;
const KILLED = 2;
/** Actions whose ends are waited for at the same time. */
const WAITERS = 64;
const ids = Array.from({ length: AGENTS }, (_, n) => `agent${n}`);

interface Step {
  /** When it started, in milliseconds since the epoch; it is received once it is stored. */
  readonly at: number;
  readonly shard: number;
  readonly agentId: string;
  readonly lateMs: number;
}

await using fleet = await ShardedProgram.start({
  shards: SHARDS,
  env: { TROUPE_AGENTS: agents, TROUPE_LLM: "offline" },
});
await using client = fleet.connect(() => undefined);
await createAll(client);
const steps: Step[] = [];
const ending = new AbortController();
const following = follow(client, ending.signal);
await delay(SETTLE_MS);
const beganAt = Date.now();
await delay(SECONDS * 1_000);
const killedAt = Date.now();
await fleet.programs[KILLED]?.end("SIGKILL");
await delay(SECONDS * 1_000);
const restartedAt = Date.now();
await fleet.startShard(KILLED);
await fleet.writeAddresses();
await using again = fleet.connect();
const servesMs = Date.now() - restartedAt;
const backMs = await stepAgain(again, restartedAt);
ending.abort();
await following;
const interrupted = await interruptAll(again);

const before = steps.filter(({ shard, at }) => shard !== KILLED && at >= beganAt && at < killedAt);
const after = steps.filter(
  ({ shard, at }) => shard !== KILLED && at >= killedAt && at < restartedAt,
);
const others = new Set(before.map(({ agentId }) => agentId));
report("shards", [
  { what: `agents of the ${SHARDS - 1} shards that stay`, value: others.size, unit: "" },
  { what: "  their steps before the kill", value: before.length / SECONDS, unit: "/s" },
  { what: "  their steps after it", value: after.length / SECONDS, unit: "/s" },
  { what: "  late before, p99", value: lateOf(before, 0.99), unit: "ms" },
  { what: "  late after, p99", value: lateOf(after, 0.99), unit: "ms" },
  { what: "  steps missed before", value: missed(before, beganAt, killedAt), unit: "" },
  { what: "  steps missed after", value: missed(after, killedAt, restartedAt), unit: "", most: 0 },
  { what: "killed shard: serves again after", value: servesMs / 1_000, unit: "s" },
  { what: "  all its agents have stepped again after", value: backMs / 1_000, unit: "s" },
  {
    what: `one client interrupts all ${AGENTS}: durable`,
    value: interrupted.durableMs,
    unit: "ms",
  },
  { what: "  all done", value: interrupted.doneMs, unit: "ms" },
  { what: "  of them done", value: interrupted.done, unit: "", least: AGENTS },
]);

async function createAll(queue: ShardedClient): Promise<void> {
  const config = { interval_ms: INTERVAL_MS, rhythm_ms: INTERVAL_MS };
  const created = await queue.enqueue(
    ids.map((agentId) => ({
      action: "create_agent",
      actor: "bench",
      agentId,
      payload: { agent_id: agentId, agent_type: "restless", config },
    })),
  );
  for (const id of created) await queue.actionWait(id, WAIT_MS);
}

async function follow(queue: ShardedClient, signal: AbortSignal): Promise<void> {
  for await (const event of queue.events({ types: ["agent.step"], signal })) {
    if (event.type !== "agent.step") continue;
    const { agent_id: agentId, result, started_at: at } = event.data;
    steps.push({ at, shard: event.shard ?? -1, agentId, lateMs: Number(result) });
  }
}

/** Milliseconds until all agents of the killed shard have stored a further step. */
async function stepAgain(queue: ShardedClient, since: number): Promise<number> {
  const own = new Set(steps.filter(({ shard }) => shard === KILLED).map(({ agentId }) => agentId));
  const last = new Map<string, number>();
  for await (const { agent_id, iteration } of queue.agents()) last.set(agent_id, iteration);
  while (own.size > 0) {
    await delay(1_000);
    for await (const { agent_id, iteration } of queue.agents()) {
      if (iteration > (last.get(agent_id) ?? 0)) own.delete(agent_id);
    }
  }
  return Date.now() - since;
}

async function interruptAll(queue: ShardedClient) {
  const begun = performance.now();
  const sent = await queue.enqueue(
    ids.map((agentId) => ({
      action: "agent_interrupt",
      actor: "bench",
      agentId,
      payload: { agent_id: agentId, guidance: { subject: "shards" } },
    })),
  );
  const durableMs = performance.now() - begun;
  let done = 0;
  const waiting = [...sent];
  const waitForNext = async () => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if ((await queue.actionWait(id, WAIT_MS)).outcome === "done") done += 1;
    }
  };
  await Promise.all(Array.from({ length: WAITERS }, waitForNext));
  return { durableMs, doneMs: performance.now() - begun, done };
}

function lateOf(some: readonly Step[], fraction: number): number {
  return percentile(
    some.map(({ lateMs }) => lateMs).filter((ms) => ms >= 0),
    fraction,
  );
}

/** Steps that an agent should have made in the time and did not, counted from the gaps between its steps. */
function missed(some: readonly Step[], start: number, end: number): number {
  const times = Map.groupBy(some, ({ agentId }) => agentId);
  let count = 0;
  for (const agentId of others) {
    const all = [start, ...(times.get(agentId) ?? []).map(({ at }) => at), end];
    for (const [n, at] of all.entries()) {
      const gap = at - (all[n - 1] ?? at);
      count += Math.max(0, Math.round(gap / INTERVAL_MS) - 1);
    }
  }
  return count;
}
