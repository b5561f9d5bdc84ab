/** What follows when an agent says that it is done, and when what it did cannot be stored. */

import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseAgentId } from "../../src/model/ids.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import { Fleet, type FleetOptions } from "../support/fleet.ts";
import { destroyAgent, startAgent } from "../support/supervised-agents.ts";
import { until } from "../support/until.ts";

const id = parseAgentId("agent1");

async function startLastWords(options: FleetOptions, extra: Record<string, unknown> = {}) {
  const fleet = await Fleet.start(options);
  const diary = join(fleet.database.folder, "diary");
  const end = join(fleet.database.folder, "end");
  const config = { diary, interval_ms: 10, ...extra, ...(extra["end"] === true && { end }) };
  const seed = { agentType: "last-words", subject: null, config };
  await startAgent(fleet.supervisor, id, seed, "action1");
  const wrote = () => (existsSync(diary) ? readFileSync(diary, "utf8") : "");
  return { fleet, wrote, end: () => writeFile(end, "") };
}

const permanent = { ...defaultTypeSettings("last-words"), restart: "permanent" as const };

describe("an agent that is done", () => {
  test("ends without an error: its last step and its onStop run once", async () => {
    const { fleet, wrote } = await startLastWords({});
    await using _fleet = fleet;
    const row = await fleet.database.status(id, "stopped");
    expect(row).toMatchObject({
      iteration: 1,
      result: "all said",
      last_error: null,
      restarts: 0,
      exit_reason: { reason: "finished", rung: "cooperative" },
    });
    await until(() => fleet.supervisor.agents.size === 0);
    expect(wrote()).toBe("se");
    const codes = await fleet.database.steps(id);
    expect(codes.map(({ error }) => error)).toEqual([null]);
  });

  test("is started again if its type is permanent, which is not a failure", async () => {
    const { fleet } = await startLastWords({ typeSettings: [permanent] });
    await using _fleet = fleet;
    const row = await fleet.database.agent(id, ({ generation }) => generation === 2);
    expect(row).toMatchObject({ last_error: null, restarts: 0 });
    expect(fleet.supervisor.restarts).toBe(0);
  });

  test("is given up if it is started again too often, and the error names that cause", async () => {
    const { fleet } = await startLastWords({ typeSettings: [{ ...permanent, restarts_max: 0 }] });
    await using _fleet = fleet;
    const { last_error } = await fleet.database.status(id, "error");
    expect(last_error).toMatchObject({ code: "AGENT_RESTARTS_EXHAUSTED" });
    expect(last_error?.message).toContain("because it was done");
  });

  test("is terminated if its onStop does not end, and still counts as finished", async () => {
    const { fleet, wrote } = await startLastWords({ destroyTimeoutMs: 50 }, { isClinging: true });
    await using _fleet = fleet;
    const row = await fleet.database.status(id, "stopped");
    expect(row).toMatchObject({
      last_error: null,
      exit_reason: { reason: "finished", rung: "terminated" },
    });
    expect(wrote()).toBe("se");
  });

  test("is not run again by a process that started before its thread had ended", async () => {
    const options = { destroyTimeoutMs: 1_000_000 };
    const { fleet, wrote } = await startLastWords(options, { isClinging: true });
    await using _fleet = fleet;
    await fleet.database.agent(id, ({ iteration }) => iteration === 1);
    const left = await fleet.database.store.agents.loadAlive();
    expect(left).toMatchObject([{ agent_id: id, status: "running" }]);
    const next = fleet.nextSupervisor();
    expect(await next.rehydrate(left)).toEqual([]);
    expect(await fleet.database.status(id, "stopped")).toMatchObject({ last_error: null });
    expect(wrote()).toBe("se");
    fleet.supervisor.find(id)?.child?.terminate();
  });

  test("shows guidance that arrived too late, and uses it when it is started again", async () => {
    const { fleet, end } = await startLastWords({}, { end: true });
    await using _fleet = fleet;
    const agent = await until(() => fleet.supervisor.find(id));
    await until(() => agent.child?.position.phase === "step");
    const guidance = { action_id: "action2", guidance: { n: 1 }, at: Date.now() };
    await agent.interrupt(guidance, "next");
    await end();
    const row = await fleet.database.status(id, "stopped");
    expect(row.pending_guidance).toEqual([guidance]);
    expect(row.exit_reason?.note).toContain("1 interrupt");
    const seed = { agentType: "ledger", subject: null, config: { interval_ms: 10 } };
    await startAgent(fleet.supervisor, id, seed, "action3");
    await fleet.database.agent(id, ({ pending_guidance }) => pending_guidance.length === 0);
  });
});

test("guidance that a destroyed agent has not used stays in its row", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  await startAgent(supervisor, id, { agentType: "ledger", subject: null, config: {} }, "action1");
  const agent = await until(() => supervisor.find(id));
  await agent.pause("action2");
  await database.status(id, "paused");
  const guidance = { action_id: "action3", guidance: { n: 1 }, at: Date.now() };
  await agent.interrupt(guidance, "next");
  await destroyAgent(supervisor, id, "action4");
  const row = await database.status(id, "stopped");
  expect(row.pending_guidance).toEqual([guidance]);
});

test("an agent whose step cannot be stored fails, and others continue", async () => {
  await using fleet = await Fleet.start({
    typeSettings: [{ ...defaultTypeSettings("ledger"), restart: "temporary" }],
  });
  const { supervisor, database } = fleet;
  const other = parseAgentId("other");
  const config = { interval_ms: 0 };
  await startAgent(supervisor, other, { agentType: "ledger", subject: null, config }, "action1");
  await startAgent(supervisor, id, { agentType: "ledger", subject: null, config }, "action2");
  // More than the column holds.
  supervisor.find(id)?.record.change({ restarts: 1e300 });
  const failed = await database.status(id, "error");
  expect(failed.last_error?.code).toBe("RECORD_INVALID");
  const { iteration } = await until(() => supervisor.find(other)?.record.row);
  await database.agent(other, (row) => row.iteration > iteration);
});

test("guidance that is kept elsewhere outlives a row that cannot be stored", async () => {
  await using fleet = await Fleet.start();
  const { supervisor, database } = fleet;
  const config = { interval_ms: 3_600_000 };
  await startAgent(supervisor, id, { agentType: "ledger", subject: null, config }, "action1");
  const agent = await until(() => supervisor.find(id));
  const guidance = { action_id: "action2", guidance: { n: 1 }, at: Date.now() };
  // More than the column holds.
  agent.record.change({ restarts: 1e300 });
  await agent.interruptLazily(guidance, "next").merged;
  const row = await database.agent(id, ({ context }) => context === '{"seen":[1]}');
  expect(row).toMatchObject({ pending_guidance: [], last_error: { code: "RECORD_INVALID" } });
});
