import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { HandlerDeps } from "../../src/handlers/handler.ts";
import { handleAction } from "../../src/handlers/registry.ts";
import { type Action, parseAction } from "../../src/model/action.ts";
import { type ActionName, actions } from "../../src/model/actions/action-registry.ts";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import type { Done } from "../../src/queue/dispatcher.ts";
import type { StopReceipt } from "../../src/supervisor/thread/stop-ladder.ts";
import { block } from "../support/break.ts";
import { Fleet } from "../support/fleet.ts";
import { pendingAction } from "../support/sample-rows.ts";

function action(name: ActionName, payload: Record<string, unknown> = {}): Action {
  const text = JSON.stringify({ agent_id: "agent1", ...payload });
  return parseAction(
    pendingAction({ id: newActionId(), action: name, agent_id: null, payload: text }),
  );
}

const ledger = { agent_type: "ledger", config: { interval_ms: 10 } };

function hasSeen(context: string, n: number): boolean {
  const parsed = JSON.parse(context) as { readonly seen?: readonly number[] } | null;
  return parsed?.seen?.includes(n) === true;
}

/** Resolves once all of the action's effect is stored. */
async function carryOut(asked: Action, deps: HandlerDeps): Promise<Done> {
  const { stored, ...done } = await handleAction(asked, deps);
  await stored;
  return done;
}

async function codeOf(handled: Promise<Done>): Promise<unknown> {
  return await handled.then(
    () => "done",
    (error: { code?: unknown }) => error.code,
  );
}

describe("create_agent", () => {
  test("twice makes one thread, and notes only what differs", async () => {
    await using fleet = await Fleet.start();
    const create = (payload: Record<string, unknown>) =>
      carryOut(action("create_agent", payload), fleet.deps);
    expect(await create(ledger)).toEqual({});
    // Repeated after a destroy, these would start the agent again.
    expect(await create(ledger)).toEqual({ isEffectless: true });
    expect(await create({})).toEqual({ isEffectless: true });
    const { note } = await create({ agent_type: "finisher", config: {} });
    expect(note).toMatchObject({ code: "AGENT_DIFFERS" });
    expect(note?.message).toContain("type and config");
    expect(fleet.supervisor.agents.size).toBe(1);
    expect(fleet.supervisor.agents.values().next().value?.record.row.generation).toBe(1);
  });

  test("refuses an unknown type and a config that no agent can have, and leaves no row", async () => {
    await using fleet = await Fleet.start();
    const codes = [{ agent_type: "poet" }, { config: { interval_ms: "soon" } }].map((payload) =>
      codeOf(carryOut(action("create_agent", payload), fleet.deps)),
    );
    expect(await Promise.all(codes)).toEqual(["AGENT_TYPE_UNKNOWN", "AGENT_CONFIG_INVALID"]);
    expect(await fleet.database.store.agents.find("agent1")).toBeUndefined();
  });
});

test("environment_reload notes settings that need a restart", async () => {
  await using fleet = await Fleet.start();
  const { deps } = fleet;
  const handle = (names: readonly string[]) =>
    handleAction(action("environment_reload"), { ...deps, reload: async () => names });
  expect(await handle([])).toEqual({});
  const { note } = await handle(["TROUPE_PORT", "TROUPE_HOST"]);
  expect(note).toMatchObject({ code: "SETTINGS_NEED_RESTART" });
  expect(note?.message).toContain("TROUPE_PORT, TROUPE_HOST changed");
});

describe("every action on an agent", () => {
  const names = actions.filter(({ about }) => about === "agent").map(({ name }) => name);

  test.each(names)("%s of an unknown agent is refused", async (name) => {
    await using fleet = await Fleet.start();
    const handled = carryOut(action(name, { guidance: {} }), fleet.deps);
    expect(await codeOf(handled)).toBe("AGENT_UNKNOWN");
  });

  test("is applied once, however often it is handed over", async () => {
    await using fleet = await Fleet.start();
    const { deps, supervisor } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    const interrupt = action("agent_interrupt", { guidance: { n: 1 } });
    await carryOut(interrupt, deps);
    await carryOut(interrupt, deps);
    const used = await fleet.database.agent("agent1", ({ context }) => hasSeen(context, 1));
    expect(used.pending_guidance).toEqual([]);
    const destroy = action("agent_destroy");
    await carryOut(destroy, deps);
    await carryOut(action("create_agent", ledger), deps);
    await carryOut(destroy, deps);
    expect(supervisor.agents.size).toBe(1);
    const row = await fleet.database.agent("agent1", ({ iteration }) => iteration > used.iteration);
    expect(JSON.parse(row.context)).toEqual({ seen: [1] });
  });
});

describe("agent_pause and agent_resume", () => {
  test("change nothing if the agent is in that state already", async () => {
    await using fleet = await Fleet.start();
    const { deps, database } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    expect(await carryOut(action("agent_resume"), deps)).toEqual({});
    await carryOut(action("agent_pause"), deps);
    const paused = await database.status("agent1", "paused");
    expect(await carryOut(action("agent_pause"), deps)).toEqual({});
    expect(await database.status("agent1", "paused")).toMatchObject({
      iteration: paused.iteration,
    });
    await carryOut(action("agent_resume"), deps);
    await database.agent("agent1", (row) => row.iteration > paused.iteration);
  });

  test("sent in a hurry leave the agent as the last one wants it", async () => {
    await using fleet = await Fleet.start();
    const { deps, database } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    for (let n = 0; n < 20; n += 1) {
      await carryOut(action(n % 2 === 0 ? "agent_pause" : "agent_resume"), deps);
    }
    await carryOut(action("agent_pause"), deps);
    const paused = await database.status("agent1", "paused");
    await carryOut(action("agent_interrupt", { guidance: { n: 1 } }), deps);
    const row = await database.agent(
      "agent1",
      ({ pending_guidance }) => pending_guidance.length > 0,
    );
    expect(row).toMatchObject({ status: "paused", iteration: paused.iteration });
  });
});

describe("agent_interrupt", () => {
  test("beyond the limit of waiting guidance is refused and loses nothing", async () => {
    await using fleet = await Fleet.start();
    const { deps, database } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    await carryOut(action("agent_pause"), deps);
    await database.status("agent1", "paused");
    const interrupt = (n: number) => carryOut(action("agent_interrupt", { guidance: { n } }), deps);
    const first = Array.from({ length: GUIDANCE_ENTRIES_MAX }, (_, n) => interrupt(n));
    await Promise.all(first);
    expect(await codeOf(interrupt(GUIDANCE_ENTRIES_MAX))).toBe("GUIDANCE_LIMIT");
    await carryOut(action("agent_resume"), deps);
    const row = await database.agent(
      "agent1",
      ({ pending_guidance }) => pending_guidance.length === 0,
    );
    expect(JSON.parse(row.context)).toEqual({
      seen: Array.from({ length: GUIDANCE_ENTRIES_MAX }, (_, n) => n),
    });
  });
});

describe("agent_destroy", () => {
  test("gives a receipt that names each rung it climbed, in order", async () => {
    const typeSettings = [{ ...defaultTypeSettings("stubborn"), destroy_timeout_ms: 50 }];
    await using fleet = await Fleet.start({ typeSettings, destroyTimeoutMs: 1_000_000 });
    const { deps } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    const { note: calm } = await carryOut(action("agent_destroy"), deps);
    expect(calm).toMatchObject({ code: "AGENT_STOPPED", details: { rung: "cooperative" } });
    await fleet.startStubborn(parseAgentId("stubborn1"));
    const destroy = action("agent_destroy", { agent_id: "stubborn1" });
    const { note: forced } = await carryOut(destroy, deps);
    expect(forced).toBeDefined();
    const { rung, took_ms, rungs } = (forced?.details ?? {}) as unknown as StopReceipt;
    expect(rung).toBe("terminated");
    expect(forced?.message).toMatch(/^stubborn1 is stopped: its thread was terminated, /);
    expect(rungs.map(({ name }) => name)).toEqual(["flag", "abort", "terminate"]);
    const times = rungs.map(({ at_ms }) => at_ms);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(took_ms).toBeGreaterThanOrEqual(times.at(-1) ?? Number.NaN);
    expect(times.at(-1)).toBeGreaterThanOrEqual(50);
  });

  test("of an agent in error ends it, of a stopped one changes nothing", async () => {
    await using fleet = await Fleet.start();
    const { deps, database } = fleet;
    const failing = carryOut(action("create_agent", { agent_type: "broken-setup" }), deps);
    expect(await codeOf(failing)).toBe("AGENT_START_FAILED");
    const { note } = await carryOut(action("agent_destroy", { reason: "broken" }), deps);
    expect(note?.message).toBe("agent1 is stopped: none of its code was running, after 0 ms");
    const stopped = await database.status("agent1", "stopped");
    expect(stopped.exit_reason).toMatchObject({
      reason: "destroyed",
      rung: "none",
      note: "broken",
    });
    await carryOut(action("agent_destroy"), deps);
    expect(await database.store.agents.find("agent1")).toEqual(stopped);
  });

  test("releases the lane once the thread has ended, and each end is stored in its order", async () => {
    await using fleet = await Fleet.start();
    const { deps, database, supervisor } = fleet;
    await carryOut(action("create_agent", ledger), deps);
    const mend = await block(join(database.location, "agent_state.lance/_transactions"));
    const first = action("agent_destroy", { reason: "first" });
    const ends = [
      await handleAction(first, deps),
      await handleAction(action("agent_destroy"), deps),
    ];
    expect(ends.map(({ note }) => note?.code)).toEqual(["AGENT_STOPPED", undefined]);
    ends.push(await handleAction(action("create_agent", ledger), deps));
    ends.push(await handleAction(action("agent_destroy", { reason: "last" }), deps));
    expect(supervisor.find(parseAgentId("agent1"))?.record.row.status).toBe("stopped");
    expect(await database.store.agents.find("agent1")).not.toMatchObject({ status: "stopped" });
    await mend();
    const [, , created] = ends;
    await expect(created?.stored).rejects.toMatchObject({ code: "AGENT_START_STOPPED" });
    await Promise.all([ends[0]?.stored, ends[1]?.stored, ends[3]?.stored]);
    const row = await database.status("agent1", "stopped");
    expect(row).toMatchObject({ generation: 2, exit_reason: { note: "last" } });
    expect(supervisor.agents.size).toBe(0);
  });
});
