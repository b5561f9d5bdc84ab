/** A look inside real threads, of agents that hang and of agents that work. */

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type CpuProfile, placeFrame } from "../../../src/model/agent-inside.ts";
import { parseAgentId } from "../../../src/model/ids.ts";
import { AgentInspector } from "../../../src/supervisor/inside/agent-inspector.ts";
import { findProfileFault } from "../../support/cpu-profile.ts";
import { Fleet } from "../../support/fleet.ts";
import { startAgent } from "../../support/supervised-agents.ts";
import { until } from "../../support/until.ts";

const id = parseAgentId("agent1");
const never = new AbortController().signal;

async function start(agentType: string, config: object = {}) {
  const fleet = await Fleet.start();
  onTestFinished(() => fleet[Symbol.asyncDispose]());
  const inspector = new AgentInspector(() => fleet.supervisor);
  onTestFinished(() => inspector[Symbol.asyncDispose]());
  const mark = join(fleet.database.folder, "mark");
  const end = join(fleet.database.folder, "end");
  const seed = { agentType, subject: null, config: { interval_ms: 20, mark, end, ...config } };
  await startAgent(fleet.supervisor, id, seed, "create");
  return { fleet, inspector, mark, end };
}

async function refusal(refused: Promise<unknown>) {
  return await refused.then(
    () => "not refused",
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );
}

test("an agent in an endless loop is at its file and line", async () => {
  const { inspector, mark } = await start("stubborn");
  await until(() => existsSync(mark));
  const stack = await inspector.stack(id);
  expect(stack).toMatchObject({ agent_id: id, phase: "step", iteration: 1 });
  expect(placeFrame(stack.frames)).toMatchObject({
    function: "step",
    file: expect.stringMatching(/agents\/stubborn\.ts$/),
    line: 15,
    owner: "agent",
  });
  expect(stack.frames.map(({ owner }) => owner)).toContain("troupe");
});

test("a thread that was looked into continues", async () => {
  const { fleet, inspector, mark, end } = await start("drowsy");
  await until(() => existsSync(mark));
  const stacks = await Promise.all([1, 2, 3].map(() => inspector.stack(id)));
  expect(new Set(stacks).size).toBe(1);
  await inspector.heapSummary(id);
  writeFileSync(end, "");
  await fleet.database.agent(id, (row) => row.iteration > 3);
  expect(fleet.supervisor.find(id)?.record.row).toMatchObject({ generation: 1, last_error: null });
});

test("an agent that waits for an event has no calls", async () => {
  const { fleet, inspector } = await start("ledger", { interval_ms: 60_000 });
  await fleet.database.agent(id, (row) => row.iteration >= 1);
  const { child } = fleet.supervisor.find(id) ?? {};
  await until(() => child?.position.phase === "sleeping");
  expect(await inspector.stack(id)).toMatchObject({ phase: "sleeping", frames: [] });
});

test("a processor profile of an agent in a loop is one that Chrome can read", async () => {
  const { inspector, mark } = await start("drowsy");
  await until(() => existsSync(mark));
  const profile: CpuProfile = JSON.parse(await inspector.profile(id, "cpu_profile", 300, never));
  expect(findProfileFault(profile)).toBeUndefined();
  expect(profile.endTime - profile.startTime).toBeGreaterThan(200_000);
  const names = profile.nodes.map(({ callFrame }) => callFrame.functionName);
  // What the loop calls is named, and its own caller.
  expect(names.some((name) => name.includes("exists"))).toBe(true);
});

test("a heap profile has a tree of calls with what they keep", async () => {
  const { inspector } = await start("ledger");
  // It is a sample: a profile in which the agent has allocated little may be empty.
  await until(async () => {
    const { head } = JSON.parse(await inspector.profile(id, "heap_profile", 300, never));
    expect(head).toMatchObject({ callFrame: { functionName: "(root)" } });
    return head.children.length > 0;
  });
});

test("a heap summary counts objects by constructor, also of an agent in a loop", async () => {
  const { inspector, mark } = await start("drowsy");
  await until(() => existsSync(mark));
  const before = heapFolders();
  const { total_bytes, total_count, items } = await inspector.heapSummary(id);
  expect(items.find((item) => item.constructor === "Object")?.count).toBeGreaterThan(0);
  expect(items.find((item) => item.constructor === "(string)")?.bytes).toBeGreaterThan(0);
  expect(items.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(total_bytes);
  expect(total_count).toBeGreaterThan(1_000);
  expect(items.map(({ bytes }) => bytes)).toEqual(items.map(({ bytes }) => bytes).sort(downwards));
  expect(heapFolders()).toEqual(before);
});

test("only the snapshot of a heap summary is a hold, not what comes before and after it", async () => {
  const { fleet, inspector, mark } = await start("drowsy");
  await until(() => existsSync(mark));
  const { hold } = fleet.supervisor.find(id)?.child ?? {};
  const summary = inspector.heapSummary(id);
  await nextTurn();
  // The size of the heap is being read, and the inspector's thread is not there yet.
  expect(hold?.isRunning).toBe(false);
  await until(() => hold?.isRunning === true);
  await summary;
  expect(hold?.isRunning).toBe(false);
  expect(hold?.ms).toBeGreaterThan(0);
});

function downwards(a: number, b: number): number {
  return b - a;
}

function heapFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("troupe-heap-"));
}

test.each(["the inspector's thread", "the agent's thread"])(
  "a hold ends with %s",
  async (ended) => {
    const { fleet, inspector, mark } = await start("stubborn");
    await until(() => existsSync(mark));
    const child = await until(() => fleet.supervisor.find(id)?.child);
    const refused = refusal(inspector.heapSummary(id));
    await until(() => child.hold.isRunning);
    if (ended === "the agent's thread") child.terminate();
    else await inspector[Symbol.asyncDispose]();
    await refused;
    expect(child.hold.isRunning).toBe(false);
  },
);

test("of one agent one profile is taken at a time, and stacks next to it", async () => {
  const { inspector, mark } = await start("drowsy");
  await until(() => existsSync(mark));
  const cancelled = new AbortController();
  const first = inspector.profile(id, "cpu_profile", 60_000, cancelled.signal);
  await until(async () => (await refusal(inspector.heapSummary(id))) === "INSPECTION_BUSY");
  expect((await inspector.stack(id)).frames).not.toEqual([]);
  // Nobody waits for it any longer.
  cancelled.abort();
  expect(findProfileFault(JSON.parse(await first))).toBeUndefined();
  expect(await refusal(inspector.profile(id, "heap_profile", 100, never))).toBe("not refused");
});

test("a profile ends with the agent's thread", async () => {
  const { fleet, inspector, mark } = await start("drowsy");
  await until(() => existsSync(mark));
  const profile = refusal(inspector.profile(id, "cpu_profile", 60_000, never));
  await until(async () => (await refusal(inspector.heapSummary(id))) === "INSPECTION_BUSY");
  const { stored } = await (
    fleet.supervisor.find(id) as NonNullable<ReturnType<typeof fleet.supervisor.find>>
  ).destroy("destroy", { graceMs: 0, abortAfterMs: 0 });
  await stored;
  expect(await profile).toBe("AGENT_HAS_NO_THREAD");
  expect(await refusal(inspector.stack(id))).toBe("AGENT_HAS_NO_THREAD");
});

test("an agent that nobody knows is refused as unknown", async () => {
  const { inspector } = await start("ledger");
  expect(await refusal(inspector.stack(parseAgentId("nobody")))).toBe("AGENT_UNKNOWN");
});

test("the inspector's thread ends with its owner, also in the middle of a question", async () => {
  const { fleet, inspector, mark, end } = await start("drowsy");
  await until(() => existsSync(mark));
  const profile = refusal(inspector.profile(id, "cpu_profile", 60_000, never));
  await until(async () => (await refusal(inspector.heapSummary(id))) === "INSPECTION_BUSY");
  await inspector[Symbol.asyncDispose]();
  expect(await profile).toBe("INSPECTION_FAILED");
  writeFileSync(end, "");
  await fleet.database.agent(id, (row) => row.iteration > 3);
});
