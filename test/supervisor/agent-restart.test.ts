/** `agent_restart`: a new thread with the newest code, and nothing that was stored is lost. */

import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import type { ManagedAgent } from "../../src/supervisor/managed-agent.ts";
import { Fleet, type FleetOptions } from "../support/fleet.ts";
import { startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const config = { interval_ms: 10 };

async function startLedger(options: FleetOptions = {}): Promise<Fleet> {
  const fleet = await Fleet.start(options);
  await startAgent(fleet.supervisor, id, { agentType: "ledger", subject: null, config }, "create");
  await fleet.database.agent(id, ({ iteration }) => iteration > 1);
  return fleet;
}

async function restart(fleet: Fleet, actionId = "restart1"): Promise<void> {
  const { done } = await fleet.supervisor.restart(id, actionId);
  await done;
}

/** A fleet whose type `edited` is this module. */
async function startEdited(source: string) {
  const fleet = await Fleet.start();
  const edit = await fleet.addType("edited", source);
  await startAgent(fleet.supervisor, id, { agentType: "edited", subject: null, config }, "create");
  return { fleet, edit };
}

interface InStep {
  readonly agent: ManagedAgent;
  /** Of the restart. */
  readonly done: Promise<void>;
  /** Lets the first step end. */
  readonly end: () => Promise<void>;
}

/** An agent whose restart is requested during its first step, which obeys only its signal and `end`. */
async function restartInStep(fleet: Fleet): Promise<InStep> {
  const { supervisor, database } = fleet;
  const [mark, gate] = [join(database.folder, "mark"), join(database.folder, "gate")];
  await fleet.addType(
    "slow",
    `import { existsSync, writeFileSync } from "node:fs";
    export default { type: "slow", async step({ config, signal, guidance, iteration }) {
      const given = guidance.map(({ n }) => n);
      if (iteration > 1) return { result: "later", context: [given] };
      writeFileSync(config.mark, "");
      while (!existsSync(config.gate) && !signal.aborted) await new Promise((go) => setTimeout(go, 5));
      return { result: signal.aborted ? "aborted" : "whole" };
    } };`,
  );
  const seed = { agentType: "slow", subject: null, config: { interval_ms: 1e6, mark, gate } };
  await startAgent(supervisor, id, seed, "create");
  await until(() => existsSync(mark));
  const { done } = await supervisor.restart(id, "restart1");
  const agent = await until(() => supervisor.find(id));
  await until(() => agent.record.row.status === "restarting");
  return { agent, done, end: () => writeFile(gate, "") };
}

describe("a restarted agent", () => {
  test("continues in a new thread from its last step, with its context", async () => {
    await using fleet = await startLedger();
    const agent = fleet.supervisor.find(id);
    await agent?.interrupt({ action_id: "i", guidance: { n: 7 }, at: Date.now() }, "next");
    await fleet.database.agent(id, ({ context }) => context.includes("7"));
    await restart(fleet);
    const row = await fleet.database.status(id, "running");
    expect(row).toMatchObject({ generation: 2, restarts: 0, last_error: null });
    const later = await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration + 1);
    expect(JSON.parse(later.context)).toEqual({ seen: [7] });
    const steps = await fleet.database.steps(id);
    const iterations = steps.map(({ iteration }) => iteration);
    expect(iterations.toSorted((a, b) => a - b)).toEqual(iterations.map((_, n) => n + 1));
  });

  test("has the newest code; a broken one is the action's error, and leaves the agent in `error`", async () => {
    const { fleet, edit } = await startEdited(
      'export default { type: "edited", step: () => ({ result: "old" }) };',
    );
    await using _fleet = fleet;
    await fleet.database.agent(id, ({ result }) => result === "old");
    await edit('export default { type: "edited", step: () => ({ result: "new" }) };');
    await restart(fleet);
    await fleet.database.agent(id, ({ result }) => result === "new");
    await edit("export default {");
    await expect(restart(fleet, "restart2")).rejects.toMatchObject({ code: "AGENT_MODULE_BROKEN" });
    const row = await fleet.database.status(id, "error");
    expect(row).toMatchObject({
      exit_reason: { reason: "unstartable" },
      last_error: { code: "AGENT_MODULE_BROKEN", message: expect.stringContaining("edited.mjs") },
    });
    await edit('export default { type: "edited", step: () => ({ result: "mended" }) };');
    await fleet.supervisor.reviveOne(row, "restart3");
    await fleet.database.agent(id, ({ result }) => result === "mended");
  });

  test("stays paused if it was", async () => {
    await using fleet = await startLedger();
    await fleet.supervisor.find(id)?.pause("pause");
    await fleet.database.status(id, "paused");
    await restart(fleet);
    const row = await fleet.database.agent(
      id,
      ({ status, generation }) => status === "paused" && generation === 2,
    );
    await fleet.supervisor.find(id)?.resume("resume");
    await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration);
  });

  test("gets its thread even if the step of the old one never ends, after that step's time", async () => {
    const typeSettings = [{ ...defaultTypeSettings("stubborn"), step_timeout_ms: 50 }];
    await using fleet = await Fleet.start({ typeSettings, destroyTimeoutMs: 50 });
    await fleet.startStubborn(id);
    await restart(fleet);
    const row = await fleet.database.agent(id, ({ generation }) => generation === 2);
    expect(row).toMatchObject({ last_error: null, iteration: 0 });
  });
});

describe("a restart during a step", () => {
  test("waits for the step's end, without the grace of a destroy", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 0 });
    const { agent, done, end } = await restartInStep(fleet);
    const thread = agent.child;
    await fleet.database.status(id, "restarting");
    expect([agent.child, thread?.hasEnded]).toEqual([thread, false]);
    await end();
    await done;
    const [first] = await fleet.database.steps(id);
    expect(first).toMatchObject({ iteration: 1, generation: 1, status: "ok", result: "whole" });
    expect(thread?.hasEnded).toBe(true);
    await fleet.database.agent(id, ({ generation }) => generation === 2);
  });

  test("does not keep a pause and a resume waiting, and they do not call it off", async () => {
    await using fleet = await Fleet.start();
    const { agent, done, end } = await restartInStep(fleet);
    await agent.pause("pause1");
    await agent.resume("resume1");
    await agent.pause("pause2");
    await end();
    await done;
    const row = await fleet.database.status(id, "paused");
    expect(row).toMatchObject({ generation: 2, iteration: 1, result: "whole" });
    await agent.resume("resume2");
    await fleet.database.agent(id, ({ result }) => result === "later");
  });

  test("does not keep an interrupt waiting, which aborts the step if it must", async () => {
    await using fleet = await Fleet.start();
    const { agent, done } = await restartInStep(fleet);
    await agent.interrupt({ action_id: "next", guidance: { n: 1 }, at: Date.now() }, "next");
    expect(agent.record.row).toMatchObject({ status: "restarting", iteration: 0 });
    await agent.interrupt({ action_id: "now", guidance: { n: 2 }, at: Date.now() }, "now");
    await done;
    const row = await fleet.database.agent(id, ({ result }) => result === "later");
    expect(row).toMatchObject({ generation: 2, context: "[[1,2]]", pending_guidance: [] });
    const [first] = await fleet.database.steps(id);
    expect(first).toMatchObject({ result: "aborted", guidance_used: [] });
  });

  test("ends with the process, within the grace; the next start runs the agent", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 20 });
    const { done } = await restartInStep(fleet);
    await fleet.supervisor.suspendAll();
    await done;
    expect(await fleet.database.store.agents.find(id)).toMatchObject({
      status: "restarting",
      applied_actions: ["create", "restart1"],
    });
  });
});

describe("a destroy during a restart", () => {
  test("ends the old thread too, and no new one is made", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 1_000_000 });
    await fleet.startStubborn(id);
    const thread = fleet.supervisor.find(id)?.child;
    const { done } = await fleet.supervisor.restart(id, "restart1");
    const agent = await until(() => fleet.supervisor.find(id));
    await until(() => agent.record.row.status === "restarting");
    const { receipt, stored } = await agent.destroy("destroy", { graceMs: 0, abortAfterMs: 0 });
    await stored;
    expect(receipt.rung).toBe("terminated");
    expect(thread?.hasEnded).toBe(true);
    await done;
    expect(await fleet.database.status(id, "stopped")).toMatchObject({ generation: 1 });
  });
});

test("several restarts at once leave one thread", async () => {
  await using fleet = await startLedger();
  await Promise.all([restart(fleet, "a"), restart(fleet, "b"), restart(fleet, "c")]);
  const row = await fleet.database.agent(id, ({ generation }) => generation >= 4);
  await fleet.database.agent(id, ({ iteration }) => iteration > row.iteration);
  expect(fleet.supervisor.agents.size).toBe(1);
});
