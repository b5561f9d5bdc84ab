/**
 * What every fleet promises, held against all ways to one: through its server, through its tables, and
 * through the servers of several shards.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Watched } from "../../src/fleet/event-iteration.ts";
import type { Fleet } from "../../src/fleet/fleet.ts";
import type { TroupeError } from "../../src/model/errors.ts";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";
import { inPages } from "../support/in-pages.ts";
import { refusal } from "../support/refusal.ts";
import { until } from "../support/until.ts";

let ways: FleetWays;
beforeAll(async () => {
  ways = await FleetWays.start();
});
afterAll(() => ways[Symbol.asyncDispose]());

const WAIT_MS = 30_000;
const HOUR_MS = 3_600_000;
const config = { interval_ms: 20 };

describe.each(wayNames)("a fleet through its %s", (way) => {
  /** The agents of the two ways have different names. */
  const named = (name: string) => `${way}-${name}`;
  const ended = async (id: Promise<string>) => ways.fleets[way].actionWait(await id, WAIT_MS);

  test("carries out every verb", async () => {
    const fleet = ways.fleets[way];
    const agent_id = named("verbs");
    const options = { initialSubject: "cats", config, urgency: 3, metadata: { n: 1 } };
    const created = await ended(fleet.agentCreate(agent_id, "ann", options));
    expect(created).toMatchObject({
      action: "create_agent",
      agent_id,
      actor: "ann",
      outcome: "done",
      urgency: 3,
      metadata: { n: 1 },
      payload: { agent_id, initial_subject: "cats", config },
    });
    const paused = await ended(fleet.agentPause(agent_id, "ann", "lunch"));
    expect(paused).toMatchObject({ outcome: "done", payload: { reason: "lunch" } });
    const guidance = { subject: "dogs" };
    await ended(fleet.agentInterrupt(agent_id, "ann", guidance, { mode: "now" }));
    // A pause is done before the running step has ended.
    await until(async () => (await fleet.agentFind(agent_id))?.status === "paused");
    expect(await fleet.agentFind(agent_id)).toMatchObject({
      current_subject: "cats",
      pending_guidance: [{ guidance }],
    });
    for (const verb of ["agentResume", "agentDestroy"] as const) {
      expect(await ended(fleet[verb](agent_id, "ann", "why"))).toMatchObject({
        outcome: "done",
        payload: { agent_id, reason: "why" },
      });
    }
    expect(await ended(fleet.environmentReload("ann"))).toMatchObject({ outcome: "done" });
    const unknown = await ended(fleet.agentPause(named("nobody"), "ann"));
    expect(unknown).toMatchObject({ outcome: "rejected", error: { code: "AGENT_UNKNOWN" } });
  });

  test("withdraws an action that has not started, and no other", async () => {
    const fleet = ways.fleets[way];
    const notBefore = Date.now() + HOUR_MS;
    const id = await fleet.agentPause(named("later"), "ann", undefined, { notBefore });
    const cancelled = { id, outcome: "cancelled", error: { code: "ACTION_WITHDRAWN" } };
    expect(await fleet.actionCancel(id, "ann", "why")).toMatchObject(cancelled);
    expect(await fleet.actionCancel(id, "ann")).toMatchObject(cancelled);
    const done = await ended(fleet.environmentReload("ann"));
    expect(await refusal(fleet.actionCancel(done.id, "ann"))).toBe("ACTION_BEGUN");
  });

  test("lists agents by id, with filters, in pages", async () => {
    const fleet = ways.fleets[way];
    const ids = ["a", "b", "c"].map((name) => named(`list-${name}`));
    await fleet.enqueue(
      ids.map((agent_id) => ({ action: "create_agent", actor: "ann", payload: { agent_id } })),
    );
    const [first = ""] = ids;
    await ended(fleet.agentPause(first, "ann"));
    for (const id of ids.slice(1)) await ended(fleet.agentDestroy(id, "ann"));
    const q = named("list-");
    const idsOf = (rows: readonly { readonly agent_id: string }[]) => rows.map((r) => r.agent_id);
    expect(idsOf(await inPages(2, (page) => fleet.agentPage({ q, ...page })))).toEqual(ids);
    expect(idsOf(await Array.fromAsync(fleet.agents({ q, type: "joke" })))).toEqual(ids);
    expect(await Array.fromAsync(fleet.agents({ q, type: "poet" }))).toEqual([]);
    // A pause is done before the running step has ended.
    const paused = await until(async () => {
      const rows = await Array.fromAsync(fleet.agents({ q, status: "paused" }));
      return rows.length > 0 && rows;
    });
    expect(idsOf(paused)).toEqual([first]);
    expect(paused[0]).not.toHaveProperty("context");
    const whole = await fleet.agentPage({ q, status: "paused", fields: "all" });
    expect(whole.items).toMatchObject([{ agent_id: first, history: expect.any(Array) }]);
    expect(await fleet.agentFind(first)).toMatchObject({ agent_id: first, context: null });
    expect(await fleet.agentFind(named("nobody"))).toBeUndefined();
  });

  test("lists steps and actions, newest first, with filters, in pages", async () => {
    const fleet = ways.fleets[way];
    const agentId = named("steps");
    await ended(fleet.agentCreate(agentId, "ann", { config }));
    for await (const watched of fleet.watch({ agentId })) {
      const isThird = watched.kind === "event" && watched.event.type === "agent.step";
      if (isThird && watched.event.data.iteration >= 3) break;
    }
    await ended(fleet.agentDestroy(agentId, "ann"));
    const steps = await inPages(2, (page) => fleet.stepPage(agentId, page));
    expect(steps.map(({ iteration }) => iteration)).toEqual(
      Array.from(steps, (_, n) => steps.length - n),
    );
    expect(await Array.fromAsync(fleet.steps(agentId))).toEqual(steps);
    const succeeded = await Array.fromAsync(fleet.steps(agentId, { status: "ok" }));
    expect(succeeded).toEqual(steps.filter(({ status }) => status === "ok"));
    expect(succeeded.length).toBeGreaterThanOrEqual(3);
    expect(await fleet.stepPage(agentId, { status: "error" })).toEqual({
      items: [],
      next_cursor: null,
    });
    expect(await fleet.stepContext(agentId, 2)).toMatchObject({ iteration: 2, context: null });
    const later = await fleet.agentPause(agentId, "ann", undefined, {
      notBefore: Date.now() + HOUR_MS,
    });
    const actions = await inPages(2, (page) => fleet.actionPage({ agentId, ...page }));
    const names = ["agent_pause", "agent_destroy", "create_agent"];
    expect(actions.map(({ action }) => action)).toEqual(names);
    expect(await Array.fromAsync(fleet.actions({ agentId }))).toEqual(actions);
    for (const [filter, expected] of [
      [{ status: "pending" }, ["agent_pause"]],
      [{ status: "processed" }, ["agent_destroy", "create_agent"]],
      [{ outcome: "done", action: "create_agent" }, ["create_agent"]],
      [{ outcome: "dead" }, []],
    ] as const) {
      const { items } = await fleet.actionPage({ agentId, ...filter });
      expect(items.map(({ action }) => action)).toEqual(expected);
    }
    expect(await fleet.actionFind(later)).toEqual(actions[0]);
    expect(await fleet.actionFind("none")).toBeUndefined();
    await fleet.actionCancel(later, "ann");
  });

  test("shows and changes the settings of types", async () => {
    const fleet = ways.fleets[way];
    expect(await fleet.typeSet("joke", { memory_mb: 64 })).toMatchObject({
      name: "joke",
      settings: { memory_mb: 64, restart: "transient" },
      configured: { memory_mb: 64 },
    });
    const [joke] = await fleet.types();
    expect(joke).toMatchObject({ name: "joke", settings: { memory_mb: 64 } });
    const reset = await fleet.typeSet("joke", { memory_mb: null });
    expect(reset.settings.memory_mb).toBe(256);
  });

  test("reports the size of the database", async () => {
    const { location, tables } = await ways.fleets[way].database();
    const root = `${ways.control.folder}/data/troupe`;
    expect(location).toBe(way === "shards" ? ways.fleetFile : root);
    expect(tables.queue.rows).toBeGreaterThan(0);
  });

  test("is watched: the agents as they are, then what happens to them", async () => {
    const fleet = ways.fleets[way];
    const agentId = named("watched");
    await ended(fleet.agentCreate(agentId, "ann", { initialSubject: "cats", config }));
    await ended(fleet.agentPause(agentId, "ann"));
    // A pause is done before the running step has ended.
    await until(async () => (await fleet.agentFind(agentId))?.status === "paused");
    const watch = fleet.watch({ agentId });
    const first = (await watch.next()).value;
    expect(first).toMatchObject({ kind: "agents", agents: [{ agent_id: agentId }] });
    expect((await watch.next()).value).toEqual({
      kind: "connection",
      connection: { isOpen: true, ...(way === "shards" && { shard: expect.any(Number) }) },
    });
    await fleet.agentResume(agentId, "ann");
    const seen: Watched[] = [];
    for await (const watched of watch) {
      seen.push(watched);
      const types = seen.map((one) => one.kind === "event" && one.event.type);
      if (types.includes("agent.step") && types.includes("agent.status")) break;
    }
    // Through the tables, a start that is stored with its first step may be read after it.
    const step = { type: "agent.step", data: { status: "ok", subject: "cats" } };
    const running = { type: "agent.status", data: { status: "running" } };
    for (const event of [step, running]) {
      const found = seen.find((one) => one.kind === "event" && one.event.type === event.type);
      expect(found).toMatchObject({ event: { ...event, agent_id: agentId } });
    }
    await ended(fleet.agentDestroy(agentId, "ann"));
  });

  test("gives the selected events, until a signal or the consumer ends them", async () => {
    const fleet = ways.fleets[way];
    const ids = ["one", "two"].map((name) => named(`events-${name}`));
    const opened = Promise.withResolvers<void>();
    const ending = new AbortController();
    const events = fleet.events({
      types: ["agent.status"],
      agentIds: ids,
      signal: ending.signal,
      onConnection: ({ isOpen }) => isOpen && opened.resolve(),
    });
    const first = events.next();
    await opened.promise;
    for (const id of [named("events-other"), ...ids]) await fleet.agentCreate(id, "ann");
    const seen = new Set([(await first).value?.type === "agent.status"]);
    const agents = new Set<string | undefined>([(await first).value?.agent_id]);
    if (agents.has(ids[1])) ending.abort();
    for await (const event of events) {
      seen.add(event.type === "agent.status");
      if (event.type === "agent.status") agents.add(event.agent_id);
      if (agents.has(ids[1])) ending.abort();
    }
    expect(seen).toEqual(new Set([true]));
    expect(agents).not.toContain(named("events-other"));
    const idle = fleet.events({ types: ["agent.status"], agentIds: [named("nobody")] });
    const waiting = idle.next();
    await idle.return();
    expect(await waiting).toEqual({ done: true, value: undefined });
    for (const id of [named("events-other"), ...ids]) await ended(fleet.agentDestroy(id, "ann"));
  });
});

test("both ways refuse with the same code and the same words", async () => {
  const requests: readonly ((fleet: Fleet) => Promise<unknown>)[] = [
    (fleet) => fleet.stepContext("nobody", 1),
    (fleet) => fleet.watch({ agentId: "nobody" }).next(),
    (fleet) => fleet.actionCancel("none", "ann"),
    (fleet) => fleet.typeSet("poet", { memory_mb: 64 }),
    (fleet) => fleet.agentPage({ cursor: "wrong" }),
    (fleet) => fleet.stepPage("nobody", { cursor: "wrong" }),
    (fleet) => fleet.actionPage({ cursor: "wrong" }),
    (fleet) => fleet.enqueue([{ action: "agent_pause", actor: "", payload: {} }]),
  ];
  const said: string[] = [];
  for (const request of requests) {
    const [server, tables] = await Promise.all(
      wayNames.map((way) =>
        request(ways.fleets[way]).catch((e: TroupeError) => `${e.code}: ${e.message}`),
      ),
    );
    expect(server).toEqual(tables);
    said.push(String(server));
  }
  expect(said.map((text) => text.split(":", 1)[0])).toEqual([
    ...["AGENT_UNKNOWN", "AGENT_UNKNOWN", "ACTION_NOT_FOUND", "AGENT_TYPE_UNKNOWN"],
    ...["CURSOR_INVALID", "CURSOR_INVALID", "CURSOR_INVALID", "ACTION_MALFORMED"],
  ]);
  expect(said[0]).toBe("AGENT_UNKNOWN: no agent has the id nobody");
  expect(said[2]).toBe('ACTION_NOT_FOUND: no action has the id "none"');
});

test("both ways refuse an id that was used before, and end a wait whose time is up", async () => {
  const notBefore = Date.now() + HOUR_MS;
  for (const way of wayNames) {
    const fleet = ways.fleets[way];
    const id = `${way}-own`;
    await fleet.agentPause("nobody", "ann", undefined, { id, notBefore });
    expect(await refusal(fleet.agentPause("nobody", "ann", undefined, { id }))).toBe(
      "ACTION_DUPLICATE",
    );
    expect(await refusal(fleet.actionWait(id, 50))).toBe("WAIT_TIMEOUT");
    await fleet.actionCancel(id, "ann");
  }
});
