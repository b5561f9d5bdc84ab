/** The figures of agents' threads, known without asking a thread and fresh on request. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, expect, test } from "vitest";
import type { StackFrame } from "../../src/model/agent-inside.ts";
import type { TroupeEvent } from "../../src/model/event.ts";
import { parseAgentId } from "../../src/model/ids.ts";
import { Watchdog } from "../../src/supervisor/guard/watchdog.ts";
import { AgentInspector } from "../../src/supervisor/inside/agent-inspector.ts";
import { dueSince, LiveReader } from "../../src/supervisor/live-figures.ts";
import { countVersions } from "../store/sample-store.ts";
import { Fleet } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const seed = { agentType: "ledger", subject: null, config: { interval_ms: 20 } };

/** Each has a thread once an agent falls silent, be it that the machine is slow. */
const inspectors = new AsyncDisposableStack();
afterAll(() => inspectors.disposeAsync());

function watch({ supervisor, events }: Fleet): Watchdog {
  const watchdog = new Watchdog({
    supervisor,
    events,
    inspector: inspectors.use(new AgentInspector(() => supervisor)),
    log: pino({ level: "silent" }),
  });
  watchdog.start();
  return watchdog;
}

test("figures of an agent are known without a request to it, and fresh after one", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  expect(figures.one(id)).toBeNull();
  expect(await figures.refreshed(id)).toBeNull();
  await startAgent(fleet.supervisor, id, seed, "create");
  const known = await until(() => {
    const live = figures.one(id);
    return live !== null && live.heap_bytes > 0 && live;
  });
  expect(known).toMatchObject({ mailbox_length: 0, unresponsive_since: null });
  const fresh = await figures.refreshed(id);
  expect(fresh?.heap_bytes).toBeGreaterThan(100_000);
  expect(fresh?.cpu_ms).toBeGreaterThanOrEqual(known.cpu_ms);
  await destroyAgent(fleet.supervisor, id, "destroy");
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

test("a list has the place of a silent agent in its own code, and a single agent all calls", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  await startAgent(fleet.supervisor, id, seed, "create");
  let frames: readonly StackFrame[] | undefined = [
    { function: "read", file: "node:fs", line: 1, column: 1, owner: "node" },
    { function: "spin", file: "agent.ts", line: 2, column: 1, owner: "agent" },
    { function: "step", file: "agent.ts", line: 9, column: 1, owner: "agent" },
  ];
  const figures = new LiveReader(fleet.supervisor, {
    memoryOf: (child) => watchdog.memoryOf(child),
    watchNew: () => watchdog.watchNew(),
    framesOf: () => frames,
  });
  const listed = () => figures.all().get(id)?.unresponsive_frames;
  expect(listed()).toEqual([frames[1]]);
  expect(figures.one(id)?.unresponsive_frames).toEqual([frames[1]]);
  expect((await figures.refreshed(id))?.unresponsive_frames).toEqual(frames);
  frames = frames.slice(0, 1);
  expect(listed()).toEqual([]);
  frames = undefined;
  expect(listed()).toBeNull();
});

test("a thread that gets a request before it runs gets another", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  const started = startAgent(fleet.supervisor, id, seed, "create");
  while (fleet.supervisor.find(id)?.child === undefined) await nextTurn();
  expect(await figures.refreshed(id)).toMatchObject({ heap_bytes: 0 });
  await started;
  await until(() => (figures.one(id)?.heap_bytes ?? 0) > 0);
});

test("the progress of a step is an event and a live figure until the step ends, and no commit", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  await fleet.addType(
    "pages",
    `export default { type: "pages", async step({ progress, sleep, guidance }) {
      progress("page 3 of 9", 0.33); await sleep(1e9); return { result: null, next: "guidance" };
    } };`,
  );
  const said = Promise.withResolvers<TroupeEvent>();
  using _events = fleet.events.subscribe((event) => {
    if (event.type === "agent.progress") said.resolve(event);
  });
  const { location } = fleet.database;
  const versions = await countVersions(location, "agent_steps");
  await startAgent(fleet.supervisor, id, { ...seed, agentType: "pages" }, "create");
  const expected = { iteration: 1, text: "page 3 of 9", fraction: 0.33 };
  expect(await said.promise).toMatchObject({ agent_id: id, data: expected });
  expect(figures.one(id)?.progress).toMatchObject(expected);
  expect(figures.all().get(id)?.progress).toMatchObject(expected);
  expect(await countVersions(location, "agent_steps")).toBe(versions);
  const agent = await fleet.supervisor.getRunning(id, "interrupted");
  await agent.interrupt({ action_id: "action1", guidance: {}, at: 0 }, "next");
  await until(() => agent.record.row.iteration === 1);
  expect(figures.one(id)?.progress?.iteration).not.toBe(1);
});

test("the figures have what an agent waits for: its guidance, its interval, its budget", async () => {
  await using fleet = await Fleet.start();
  using watchdog = watch(fleet);
  const figures = new LiveReader(fleet.supervisor, watchdog);
  const waiting = `export default { type: "waiting", step: () => ({ result: null, next: "guidance" }) };`;
  const slow = `export default { type: "slow", step: ({ signal }) => new Promise((_, end) => signal.addEventListener("abort", end)) };`;
  await fleet.addType("waiting", waiting);
  await fleet.addType("slow", slow);
  await startAgent(fleet.supervisor, id, { ...seed, agentType: "waiting" }, "create");
  const agent = await fleet.supervisor.getRunning(id, "interrupted");
  await until(() => agent.record.row.next_on === "guidance");
  // However long it waits for guidance, no step is due.
  const patient = { due_since: null, step_since: null, guidance_since: null, interval_ms: 20 };
  await until(() => {
    const { memory_max_bytes = 0, step_since } = figures.one(id) ?? {};
    return (memory_max_bytes ?? 0) > 0 && step_since === null;
  });
  expect(figures.one(id)).toMatchObject(patient);

  const other = parseAgentId("agent2");
  await startAgent(fleet.supervisor, other, { ...seed, agentType: "slow" }, "create");
  await until(() => figures.one(other)?.step_since !== null);
  const busy = await fleet.supervisor.getRunning(other, "interrupted");
  await busy.interrupt({ action_id: "action1", guidance: {}, at: 7 }, "next");
  await busy.interrupt({ action_id: "action2", guidance: {}, at: 9 }, "next");
  expect(figures.one(other)).toMatchObject({ due_since: null, guidance_since: 7 });
});

test.each<[Parameters<typeof dueSince>, number | null]>([
  [[{ status: "running", updated_at: 5 }, 8, 10], 8],
  [[{ status: "running", updated_at: 5 }, 10, 10], 10],
  [[{ status: "running", updated_at: 5 }, 11, 10], null],
  // It was resumed long after the step was due.
  [[{ status: "running", updated_at: 9 }, 3, 10], 9],
  [[{ status: "running", updated_at: 9 }, Number.POSITIVE_INFINITY, 10], null],
  [[{ status: "paused", updated_at: 5 }, 8, 10], null],
])("of %j a step has been due since %s", (given, expected) => {
  expect(dueSince(...given)).toBe(expected);
});
