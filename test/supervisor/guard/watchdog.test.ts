/** The watchdog over real threads: heartbeats, the policy for the silent, the ceiling. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { placeFrame } from "../../../src/model/agent-inside.ts";
import { type AgentId, parseAgentId } from "../../../src/model/ids.ts";
import { type AgentTypeSettings, defaultTypeSettings } from "../../../src/model/type-settings.ts";
import { ceilingOf } from "../../../src/supervisor/guard/memory-guard.ts";
import { Watchdog } from "../../../src/supervisor/guard/watchdog.ts";
import { AgentInspector } from "../../../src/supervisor/inside/agent-inspector.ts";
import { Fleet } from "../../support/fleet.ts";
import { startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

const MIB = 2 ** 20;
const id = parseAgentId("agent1");

function inspectorOf({ supervisor }: Fleet): AgentInspector {
  const inspector = new AgentInspector(() => supervisor);
  onTestFinished(() => inspector[Symbol.asyncDispose]());
  return inspector;
}

function watch(fleet: Fleet, ceilingBytes?: number): Watchdog {
  const { supervisor, events } = fleet;
  const log = pino({ level: "silent" });
  const watchdog = new Watchdog({
    supervisor,
    events,
    inspector: inspectorOf(fleet),
    log,
    ...(ceilingBytes === undefined ? {} : { ceilingBytes }),
  });
  watchdog.start();
  return watchdog;
}

async function start(fleet: Fleet, agentId: AgentId, agentType: string, config: object) {
  const seed = { agentType, subject: null, config: { interval_ms: 50, ...config } };
  await startAgent(fleet.supervisor, agentId, seed, `create ${agentId}`);
}

test("an agent that does not respond is reported once, and so is its recovery", async () => {
  await using fleet = await Fleet.start();
  using _watchdog = watch(fleet);
  const mark = join(fleet.database.folder, "mark");
  const end = join(fleet.database.folder, "end");
  await start(fleet, id, "drowsy", { mark, end });
  const isTold = (event: { readonly type: string }) => event.type === "agent.unresponsive";
  const event = await fleet.event(isTold);
  expect(event).toMatchObject({ agent_id: id, data: { phase: "step", iteration: 1 } });
  // Its place, named by the thread itself.
  const frames = event.type === "agent.unresponsive" ? event.data.frames : null;
  expect(placeFrame(frames ?? [])).toMatchObject({
    function: expect.stringContaining("step"),
    file: expect.stringMatching(/agents\/drowsy\.ts$/),
  });
  const agent = fleet.supervisor.find(id);
  const since = agent?.child?.unresponsiveSince;
  expect(since).toBeLessThan(event.time);

  writeFileSync(end, "");
  await until(() => agent?.child?.unresponsiveSince === undefined);
  await fleet.database.agent(id, (row) => row.iteration > 2);
  expect(fleet.heard.filter(isTold)).toHaveLength(1);
  expect(agent?.record.row).toMatchObject({ generation: 1, last_error: null });
});

/** Keeps the main thread from all else, 100 ms at a time. */
function keepBusy(): Disposable {
  const timer = setInterval(() => {
    const end = performance.now() + 100;
    while (performance.now() < end);
  }, 1);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

const temporary: AgentTypeSettings = { ...defaultTypeSettings("stubborn"), restart: "temporary" };

test.for([
  ["the agent's config", { unresponsive_timeout_ms: 2_000 }, {}],
  ["its type's", {}, { unresponsive_timeout_ms: 2_000 }],
] as const)("an agent is ended after the timeout of %s", async ([_, own, config]) => {
  await using fleet = await Fleet.start({ typeSettings: [{ ...temporary, config }] });
  using _watchdog = watch(fleet);
  const mark = join(fleet.database.folder, "mark");
  await start(fleet, id, "stubborn", { mark, ...own });
  const row = await fleet.database.status(id, "error");
  expect(row.last_error).toMatchObject({
    code: "AGENT_UNRESPONSIVE",
    message: "agent1 did not respond for 2 s in step 1",
    details: { timeout_ms: 2_000, phase: "step", iteration: 0 },
    stack: expect.stringMatching(/agents\/stubborn\.ts:15:\d+/),
  });
});

test("a step that goes on after its deadline and its grace is terminated, and counts as one that threw", async () => {
  const impatient = { step_timeout_ms: 50, step_retries: 1, restarts_max: 0 };
  const typeSettings = [{ ...defaultTypeSettings("stubborn"), ...impatient }];
  await using fleet = await Fleet.start({ typeSettings, destroyTimeoutMs: 50 });
  using _watchdog = watch(fleet);
  const mark = join(fleet.database.folder, "mark");
  await start(fleet, id, "stubborn", { mark });
  const row = await fleet.database.status(id, "error");
  expect(row.generation).toBe(2);
  expect(row.last_error).toMatchObject({
    code: "AGENT_RESTARTS_EXHAUSTED",
    message: expect.stringContaining("after 1 retry of its step"),
    details: { last: "STEP_TIMEOUT" },
  });
});

const hog: AgentTypeSettings = { ...defaultTypeSettings("hog"), restart: "temporary" };

test("an agent's type has its own budget, enforced even while the main thread is busy", async () => {
  await using fleet = await Fleet.start({ typeSettings: [{ ...hog, memory_mb: 32 }] });
  using _watchdog = watch(fleet);
  using _busy = keepBusy();
  await start(fleet, id, "hog", { kind: "buffers", mb: 100 });
  const row = await fleet.database.status(id, "error");
  expect(row.last_error).toMatchObject({
    code: "AGENT_OUT_OF_MEMORY",
    details: { budget_bytes: 32 * MIB },
  });
});

test.for(["shared buffers", "hidden buffers"])(
  "above the ceiling the agent is shed that took %s, and no other",
  async (kind) => {
    await using fleet = await Fleet.start({ typeSettings: [{ ...hog, memory_mb: 65_536 }] });
    const others = Array.from({ length: 5 }, (_, n) => parseAgentId(`calm${n}`));
    for (const other of others) await start(fleet, other, "ledger", { interval_ms: 50 });
    using _watchdog = watch(fleet, process.memoryUsage.rss() + 150 * MIB);
    await start(fleet, id, "hog", { kind, mb: 400 });
    const row = await fleet.database.status(id, "error");
    expect(row.last_error).toMatchObject({ code: "AGENT_OUT_OF_MEMORY" });
    expect(row.last_error?.message).toContain("above its ceiling");
    await Promise.all(
      others.map(async (other) => {
        const { iteration, generation } = await fleet.database.agent(other, () => true);
        expect(generation).toBe(1);
        await fleet.database.agent(other, (agent) => agent.iteration > iteration);
      }),
    );
  },
);

test("the ceiling is below the memory of the machine, and of the container", () => {
  expect(ceilingOf(1_000, 0)).toBe(850);
  expect(ceilingOf(1_000, 2 ** 64)).toBe(850);
  expect(ceilingOf(1_000, 100)).toBe(85);
});
