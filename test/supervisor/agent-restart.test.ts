/** `agent_restart`: a new thread with the newest code, and nothing that was stored is lost. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { Fleet, type FleetOptions } from "../support/fleet.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");
const config = { interval_ms: 10 };

async function startLedger(options: FleetOptions = {}): Promise<Fleet> {
  const fleet = await Fleet.start(options);
  await fleet.supervisor.start(id, { agentType: "ledger", subject: null, config }, "create");
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
  const file = join(fleet.database.folder, "edited.mjs");
  await writeFile(file, source);
  const edited = { name: "edited", source: "edited.mjs", configSchema: null, settings: {} };
  const type = { ...edited, moduleUrl: pathToFileURL(file).href };
  fleet.catalog.replace({ types: [...fleet.catalog.types, type] });
  await fleet.supervisor.start(id, { agentType: "edited", subject: null, config }, "create");
  return { fleet, edit: (text: string) => writeFile(file, text) };
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

  test("gets its thread even if the old one never ends by itself", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 50 });
    await fleet.startStubborn(id);
    await restart(fleet);
    const row = await fleet.database.agent(id, ({ generation }) => generation === 2);
    expect(row).toMatchObject({ last_error: null, iteration: 0 });
  });
});

describe("a destroy during a restart", () => {
  test("ends the old thread too, and no new one is made", async () => {
    await using fleet = await Fleet.start({ destroyTimeoutMs: 1_000_000 });
    await fleet.startStubborn(id);
    const thread = fleet.supervisor.find(id)?.child;
    const { done } = await fleet.supervisor.restart(id, "restart1");
    const agent = await until(() => fleet.supervisor.find(id));
    await until(() => agent.child === undefined);
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
