/** The queue for room: first come, first served, as room is freed. */

import { pino } from "pino";
import { expect, test } from "vitest";
import { TroupeError } from "../../../src/model/errors.ts";
import { type AgentId, parseAgentId } from "../../../src/model/ids.ts";
import { inDueOrder, nextStepAt } from "../../../src/supervisor/due-order.ts";
import { CapacityQueue } from "../../../src/supervisor/guard/capacity-queue.ts";
import { Fleet } from "../../support/fleet.ts";
import { destroyAgent, startAgent } from "../../support/supervised-agents.ts";

const { signal } = new AbortController();

/** A machine with so many places. */
function queueWith(places: { count: number }) {
  const told: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => told.push(JSON.parse(line).msg) });
  const checkCapacity = (admitted: number) =>
    admitted < places.count ? undefined : new TroupeError("AGENT_LIMIT", "full");
  return { queue: new CapacityQueue({ checkCapacity, log }), told };
}

test("a start without room waits, and continues in order as room is freed", async () => {
  const places = { count: 1 };
  const { queue, told } = queueWith(places);
  const waited: string[] = [];
  const entered: string[] = [];
  const enter = (name: string) =>
    queue
      .enter(signal, ({ code }) => waited.push(`${name} ${code}`))
      .then((isLetIn) => entered.push(`${name} ${isLetIn}`));
  const all = ["a", "b", "c"].map(enter);
  await all[0];
  expect(waited).toEqual(["b AGENT_LIMIT", "c AGENT_LIMIT"]);
  queue.admit();
  queue.admit();
  places.count = 2;
  queue.admit();
  await all[1];
  expect(entered).toEqual(["a true", "b true"]);
  queue.leave();
  queue.admit();
  await all[2];
  expect(told).toEqual([
    "agents wait for room and start as it is freed: full",
    "no agent waits for room any longer",
  ]);
});

test("a new start does not overtake waiting ones", async () => {
  const places = { count: 0 };
  const { queue } = queueWith(places);
  const first = queue.enter(signal, () => undefined);
  places.count = 1;
  let hasWaited = false;
  const gone = new AbortController();
  const second = queue.enter(gone.signal, () => {
    hasWaited = true;
  });
  expect(hasWaited).toBe(true);
  queue.admit();
  expect(await first).toBe(true);
  gone.abort();
  expect(await second).toBe(false);
});

test("a cancelled start leaves the queue, and takes no room", async () => {
  const places = { count: 0 };
  const { queue } = queueWith(places);
  const gone = new AbortController();
  const left = queue.enter(gone.signal, () => undefined);
  const stays = queue.enter(signal, () => undefined);
  gone.abort();
  expect(await left).toBe(false);
  places.count = 1;
  queue.admit();
  expect(await stays).toBe(true);
  expect(await queue.enter(gone.signal, () => undefined)).toBe(false);
});

test("agents without room after a restart wait as restarting, can be steered, and start later", async () => {
  const places = { count: 3 };
  const findSpawnRefusal = (agents: number) =>
    agents < places.count ? undefined : new TroupeError("AGENT_LIMIT", "full");
  await using fleet = await Fleet.start({ findSpawnRefusal });
  const { supervisor, database } = fleet;
  const interval_ms = 20;
  const seed = { agentType: "ledger", subject: null, config: { interval_ms } };
  for (const id of ["a", "b", "c"]) {
    await startAgent(supervisor, parseAgentId(id), seed, `create ${id}`);
  }
  await supervisor.suspendAll();
  places.count = 1;
  const rows = await database.store.agents.loadAlive();
  const byDue = inDueOrder(rows, (row) => nextStepAt(row, interval_ms, Date.now()));
  const [a, b, c] = byDue.map(({ agent_id }) => agent_id) as [AgentId, AgentId, AgentId];
  const next = fleet.nextSupervisor();
  const back = await next.rehydrate(rows);
  await database.agent(a, ({ status }) => status === "running");
  for (const id of [b, c]) {
    const row = await database.agent(id, ({ last_error }) => last_error !== null);
    expect(row).toMatchObject({ status: "restarting", last_error: { code: "AGENT_LIMIT" } });
  }
  await next.find(c)?.pause("pause c");
  await destroyAgent(next, b, "destroy b");
  expect(await next.findRow(b)).toMatchObject({ status: "stopped", last_error: null });
  await destroyAgent(next, a, "destroy a");
  const paused = await database.agent(c, ({ status }) => status === "paused");
  expect(paused).toMatchObject({ last_error: null, paused: true });
  await Promise.all(back);
  await next.suspendAll();
});
