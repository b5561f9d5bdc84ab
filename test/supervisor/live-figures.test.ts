/** The figures of agents' threads, known without asking a thread and fresh on request. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { Watchdog } from "../../src/supervisor/guard/watchdog.ts";
import { LiveReader } from "../../src/supervisor/live-figures.ts";
import { Fleet } from "../support/fleet.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const seed = { agentType: "ledger", subject: null, config: { interval_ms: 20 } };

function watch({ supervisor, events }: Fleet): Watchdog {
  const watchdog = new Watchdog({ supervisor, events, log: pino({ level: "silent" }) });
  watchdog.start();
  return watchdog;
}

test("figures of an agent are known without a request to it, and fresh after one", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  expect(figures.one(id)).toBeNull();
  expect(await figures.refreshed(id)).toBeNull();
  await fleet.supervisor.start(id, seed, "create");
  const known = await until(() => {
    const live = figures.one(id);
    return live !== null && live.heap_bytes > 0 && live;
  });
  expect(known).toMatchObject({ mailbox_length: 0, unresponsive_since: null });
  const fresh = await figures.refreshed(id);
  expect(fresh?.heap_bytes).toBeGreaterThan(100_000);
  expect(fresh?.cpu_ms).toBeGreaterThanOrEqual(known.cpu_ms);
  await fleet.supervisor.destroy(id, "destroy");
  expect(figures.one(id)).toBeNull();
});

test("an agent in an endless loop answers too, and its mailbox fills", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  await fleet.startStubborn(id);
  const agent = await fleet.supervisor.getRunning(id, "interrupted");
  await agent.interrupt({ action_id: "action1", guidance: {}, at: 0 }, "next");
  const first = await figures.refreshed(id);
  expect(first).toMatchObject({ mailbox_length: 1 });
  await until(async () => ((await figures.refreshed(id))?.cpu_ms ?? 0) > (first?.cpu_ms ?? 0));
  await until(() => figures.one(id)?.unresponsive_since !== null);
});

test("a thread that gets a request before it runs gets another", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  const started = fleet.supervisor.start(id, seed, "create");
  while (fleet.supervisor.find(id)?.child === undefined) await nextTurn();
  expect(await figures.refreshed(id)).toMatchObject({ heap_bytes: 0 });
  await started;
  await until(() => (figures.one(id)?.heap_bytes ?? 0) > 0);
});
