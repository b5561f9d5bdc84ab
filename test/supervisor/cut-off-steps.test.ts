/** Steps that their thread's end cuts off: their rows, and what becomes of the guidance on which they died. */

import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { type AgentTypeSettings, defaultTypeSettings } from "../../src/model/type-settings.ts";
import { Watchdog } from "../../src/supervisor/guard/watchdog.ts";
import { AgentInspector } from "../../src/supervisor/inside/agent-inspector.ts";
import { Fleet } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");

/** A fleet with a paused agent of this definition, in which `die()` ends the thread. */
async function start(
  definition: string,
  settings: Partial<AgentTypeSettings>,
  dying = "process.exit(3)",
): Promise<Fleet> {
  const typeSettings = [{ ...defaultTypeSettings("mortal"), ...settings }];
  const fleet = await Fleet.start({ typeSettings, destroyTimeoutMs: 50 });
  const die = `const die = () => { ${dying}; };
    const read = ({ word }) => { if (word === "bad") die(); return word; };`;
  await fleet.addType("mortal", `${die} export default { type: "mortal", ${definition} };`);
  const seed = { agentType: "mortal", subject: null, config: { interval_ms: 10 } };
  await startAgent(fleet.supervisor, id, seed, "create");
  await (await find(fleet)).pause("pause");
  await fleet.database.status(id, "paused");
  return fleet;
}

const find = (fleet: Fleet) => until(() => fleet.supervisor.find(id));

/** Delivers both pieces to the paused agent, and resumes it: one step has both. */
async function guide(fleet: Fleet, words: readonly string[]): Promise<void> {
  const agent = await find(fleet);
  for (const word of words) {
    await agent.interrupt({ action_id: word, guidance: { word }, at: Date.now() }, "next");
  }
  await agent.resume("resume");
}

/** The steps that have not succeeded or have used guidance. */
async function notableSteps({ database }: Fleet) {
  const steps = await database.steps(id);
  const iterations = steps.map(({ iteration }) => iteration);
  expect(new Set(iterations).size).toBe(iterations.length);
  return steps.filter(({ status, guidance_used }) => status !== "ok" || guidance_used?.length);
}

const inSchema =
  "guidance: (given) => { read(given); return given; }, step: () => ({ result: 'idle' })";
const inOnInterrupt =
  "onInterrupt(ctx, given) { ctx.subject = read(given); }, step: () => ({ result: 'idle' })";
const inStep = "step({ guidance }) { return { result: guidance.map(read).join() || 'idle' }; }";

describe.each([
  ["the schema", inSchema, ["bad"]],
  ["onInterrupt", inOnInterrupt, ["bad"]],
  // The step had both, and nobody knows which of them it was.
  ["the step", inStep, ["good", "bad"]],
])("guidance on which %s ends the thread", (_, definition, blamed) => {
  test("is used up with the last try, and the agent continues without it", async () => {
    await using fleet = await start(definition, { step_retries: 1 });
    await guide(fleet, ["good", "bad"]);
    const row = await fleet.database.agent(
      id,
      ({ status, generation, pending_guidance }) =>
        status === "running" && generation === 3 && pending_guidance.length === 0,
    );
    await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration + 1);
    const [first, last, ...later] = await notableSteps(fleet);
    expect([first?.guidance_used, last?.guidance_used]).toEqual([[], blamed]);
    const error = { code: "AGENT_EXITED", message: expect.stringContaining("exit code 3") };
    expect(first).toMatchObject({ status: "error", generation: 1, error });
    expect(last).toMatchObject({ status: "error", generation: 2, error });
    expect(last?.iteration).toBe((first?.iteration ?? 0) + 1);
    const spared = ["good", "bad"].filter((word) => !blamed.includes(word));
    expect(later.map(({ status, guidance_used }) => [status, guidance_used])).toEqual(
      spared.map((word) => ["ok", [word]]),
    );
  });

  test("stays unused in the row of an agent that is temporary", async () => {
    await using fleet = await start(definition, { restart: "temporary" });
    await guide(fleet, ["bad"]);
    const row = await fleet.database.status(id, "error");
    expect(row.pending_guidance.map(({ action_id }) => action_id)).toEqual(["bad"]);
    expect(await notableSteps(fleet)).toMatchObject([{ status: "error", guidance_used: [] }]);
  });
});

test("the error of a step that died on one piece of guidance names it", async () => {
  await using fleet = await start(inOnInterrupt, { restart: "temporary" });
  await guide(fleet, ["good", "bad"]);
  const { last_error } = await fleet.database.status(id, "error");
  const error = {
    code: "AGENT_EXITED",
    message:
      "agent1 ended with exit code 3 without a request to stop (in the guidance of action bad)",
    details: { action_id: "bad" },
  };
  expect(last_error).toMatchObject(error);
  expect(await notableSteps(fleet)).toMatchObject([{ error }]);
});

describe.each([
  ["the schema", inSchema],
  ["onInterrupt", inOnInterrupt],
  ["the step", inStep],
])("a loop in %s that never yields", (_, definition) => {
  test("is a failed step with its deadline, and holds the agent for no longer than its tries", async () => {
    const settings = { step_retries: 1, step_timeout_ms: 50 };
    await using fleet = await start(definition, settings, "for (;;)");
    using watchdog = watch(fleet);
    watchdog.start();
    await guide(fleet, ["bad"]);
    const row = await fleet.database.agent(
      id,
      ({ status, pending_guidance }) => status === "running" && pending_guidance.length === 0,
    );
    await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration + 1);
    const error = { code: "STEP_TIMEOUT", message: expect.stringContaining("within 50 ms") };
    expect(await notableSteps(fleet)).toMatchObject([
      { status: "error", guidance_used: [], error },
      { status: "error", guidance_used: ["bad"], error },
    ]);
  });
});

function watch({ supervisor, events }: Fleet): Watchdog {
  const log = pino({ level: "silent" });
  const inspector = new AgentInspector(() => supervisor);
  onTestFinished(() => inspector[Symbol.asyncDispose]());
  return new Watchdog({ supervisor, events, log, inspector });
}

test("a step that dies without guidance has its row, and counts as a restart immediately", async () => {
  const definition = "step() { process.exit(3); }";
  const settings = { restarts_max: 1 };
  const typeSettings = [{ ...defaultTypeSettings("mortal"), ...settings }];
  await using fleet = await Fleet.start({ typeSettings });
  await fleet.addType("mortal", `export default { type: "mortal", ${definition} };`);
  await startAgent(
    fleet.supervisor,
    id,
    { agentType: "mortal", subject: null, config: {} },
    "create",
  );
  const row = await fleet.database.status(id, "error");
  expect(row).toMatchObject({ generation: 2, restarts: 1, iteration: 2 });
  expect(row.last_error).toMatchObject({
    code: "AGENT_RESTARTS_EXHAUSTED",
    details: { last: "AGENT_EXITED" },
  });
  expect((await notableSteps(fleet)).map(({ iteration }) => iteration)).toEqual([1, 2]);
});

test("a thread that ends between two steps has no failed step", async () => {
  const definition = `step({ guidance }) {
    if (guidance.length > 0) setTimeout(() => process.exit(3), 1);
    return { result: "ok", next: "guidance" };
  }`;
  await using fleet = await start(definition, { restarts_max: 0 });
  await guide(fleet, ["go"]);
  const row = await fleet.database.status(id, "error");
  expect(row.last_error?.code).toBe("AGENT_RESTARTS_EXHAUSTED");
  expect((await fleet.database.steps(id)).every(({ status }) => status === "ok")).toBe(true);
});

test("a destroy that terminates a step is not a failure of the step", async () => {
  await using fleet = await start(inOnInterrupt, {}, "for (;;)");
  await guide(fleet, ["bad"]);
  const agent = await find(fleet);
  await until(() => agent.child?.steps.open?.isOnePiece);
  const { receipt, stored } = await agent.destroy("destroy", { graceMs: 0, abortAfterMs: 0 });
  await stored;
  expect(receipt.rung).toBe("terminated");
  expect(await notableSteps(fleet)).toEqual([]);
  const row = await fleet.database.status(id, "stopped");
  expect(row.pending_guidance.map(({ action_id }) => action_id)).toEqual(["bad"]);
});
