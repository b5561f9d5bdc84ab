import { describe, expect, test } from "vitest";
import type { Action } from "../../src/model/action.ts";
import { TroupeError } from "../../src/model/errors.ts";
import type { Dispatcher, Done } from "../../src/queue/dispatcher.ts";
import { constantRhythm } from "../../src/queue/poller.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";
import { startDispatcher } from "./start-dispatcher.ts";

const HOUR_MS = 3_600_000;

interface Desk {
  readonly database: Database;
  /** Ids of the agents whose actions were handed over, in order, and of the actions. */
  readonly handed: Action[];
  readonly acked: string[];
  readonly dispatcher: Dispatcher;
}

/** A dispatcher on a real queue. */
async function open(
  database: Database,
  handle: (action: Action) => Promise<Done>,
  options: { readonly attemptsMax?: number; readonly pollMs?: number } = {},
): Promise<Desk> {
  const handed: Action[] = [];
  const acked: string[] = [];
  const dispatcher = startDispatcher({
    table: database.store.queue,
    rhythm: constantRhythm(options.pollMs ?? 20),
    attemptsMax: options.attemptsMax ?? 3,
    handle: (action) => {
      handed.push(action);
      return handle(action);
    },
    repeat: handle,
    onAcked: (_agentId, actionId) => acked.push(actionId),
  });
  return { database, handed, acked, dispatcher };
}

const done = async () => ({});
const agentOf = (action: Action) => ("agentId" in action ? String(action.agentId) : "");

describe("dispatcher", () => {
  test("hands over waiting actions and acks them", async () => {
    await using database = await Database.make();
    const id = await database.queue.agentPause("agent1", "test", "why");
    const desk = await open(database, done);
    const row = await database.processed(id);
    expect(row).toMatchObject({ outcome: "done", error: null, attempts: 0 });
    expect(row.processed_at).toBeGreaterThanOrEqual(row.created_at);
    expect(desk.handed).toMatchObject([{ id, payload: { reason: "why" } }]);
    await until(() => desk.acked.length > 0);
    expect(desk.acked).toEqual([id]);
  });

  test("notices a write of another handle", async () => {
    await using database = await Database.make();
    const desk = await open(database, done);
    await database.processed(database.queue.agentPause("agent1", "test"));
    expect(desk.handed).toHaveLength(1);
  });

  test("runs one action per agent at a time, and agents side by side", async () => {
    await using database = await Database.make();
    const running = new Map<string, number>();
    let mostAgents = 0;
    const gate = Promise.withResolvers<void>();
    const desk = await open(database, async (action) => {
      const agent = agentOf(action);
      running.set(agent, (running.get(agent) ?? 0) + 1);
      expect(running.get(agent)).toBe(1);
      mostAgents = Math.max(mostAgents, running.size);
      if (mostAgents === 5) gate.resolve();
      await gate.promise;
      running.delete(agent);
      return {};
    });
    const requests = Array.from({ length: 25 }, (_, n) => ({
      action: "agent_pause",
      actor: "test",
      payload: { agent_id: `agent${n % 5}` },
    }));
    await database.queue.enqueue(requests);
    await until(async () => (await database.store.queue.countPending()) === 0);
    expect(desk.handed).toHaveLength(25);
  });

  test("hands an action over however many others' handlers have not ended", async () => {
    await using database = await Database.make();
    const gate = Promise.withResolvers<void>();
    const { dispatcher, handed } = await open(database, async (action) => {
      if (agentOf(action) !== "calm") await gate.promise;
      return {};
    });
    const requests = Array.from({ length: 400 }, (_, n) => ({
      action: "agent_destroy",
      actor: "test",
      payload: { agent_id: `busy${n}` },
    }));
    await database.queue.enqueue(requests);
    await until(() => handed.length === 400);
    const row = await database.processed(database.queue.agentPause("calm", "test"));
    expect(row).toMatchObject({ outcome: "done" });
    gate.resolve();
    await dispatcher.close();
  });

  test("lets a lane continue while an effect is being stored, and acks it after that", async () => {
    await using database = await Database.make();
    const stored = Promise.withResolvers<void>();
    await open(database, async ({ action }) =>
      action === "create_agent" ? { stored: stored.promise } : {},
    );
    const create = await database.queue.agentCreate("agent1", "test");
    const pause = await database.processed(database.queue.agentPause("agent1", "test"));
    expect(pause).toMatchObject({ outcome: "done" });
    expect(await database.queue.actionFind(create)).toMatchObject({ processed: false });
    stored.reject(new TroupeError("AGENT_START_STOPPED", "agent1 was destroyed"));
    const row = await database.processed(create);
    expect(row).toMatchObject({ outcome: "rejected", error: { code: "AGENT_START_STOPPED" } });
  });

  test("takes urgency before age, and lets a destroy overtake", async () => {
    await using database = await Database.make();
    const { queue } = database;
    await queue.agentPause("agent1", "test");
    await queue.agentResume("agent1", "test", undefined, { urgency: 5 });
    const last = await queue.agentDestroy("agent1", "test");
    const desk = await open(database, done);
    await until(async () => (await database.store.queue.countPending()) === 0);
    expect(last).toBe(desk.handed[0]?.id);
    expect(desk.handed.map(({ action }) => action)).toEqual([
      "agent_destroy",
      "agent_resume",
      "agent_pause",
    ]);
  });

  test("hands nothing over twice, however often it polls before the ack is stored", async () => {
    await using database = await Database.make();
    const desk = await open(database, done, { pollMs: 1 });
    const ids: string[] = [];
    for (let n = 0; n < 50; n += 1)
      ids.push(await database.queue.agentPause(`agent${n % 3}`, "test"));
    for (const id of ids) await database.processed(id);
    expect(desk.handed.map(({ id }) => id).sort((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  });

  test("rejects an action that its handler refuses, with the handler's code", async () => {
    await using database = await Database.make();
    await open(database, async () => {
      throw new TroupeError("AGENT_NOT_RUNNING", "agent1 is stopped");
    });
    const row = await database.processed(database.queue.agentPause("agent1", "test"));
    expect(row).toMatchObject({
      outcome: "rejected",
      attempts: 0,
      error: { code: "AGENT_NOT_RUNNING", message: "agent1 is stopped" },
    });
  });

  test("retries transient faults, with the attempts in the row", async () => {
    await using database = await Database.make();
    let failures = 0;
    const desk = await open(database, async () => {
      failures += 1;
      if (failures < 3) throw new TroupeError("INTERNAL", "not now");
      return {};
    });
    const row = await database.processed(database.queue.agentPause("agent1", "test"));
    expect(row).toMatchObject({ outcome: "done", attempts: 2, error: null });
    expect(desk.handed.map(({ attempts }) => attempts)).toEqual([0, 1, 2]);
  });

  test("tries what follows a create that is tried again in its order, too", async () => {
    await using database = await Database.make();
    const create = await database.queue.agentCreate("agent1", "test");
    const interrupts: string[] = [];
    for (const n of [1, 2])
      interrupts.push(await database.queue.agentInterrupt("agent1", "test", { n }));
    let isThere = false;
    const desk = await open(database, async ({ action }) => {
      if (action === "create_agent" && desk.handed.length === 1) {
        throw new TroupeError("STORE_UNAVAILABLE", "not now");
      }
      isThere ||= action === "create_agent";
      if (!isThere) throw new TroupeError("AGENT_UNKNOWN", "no agent has the id agent1");
      return {};
    });
    const ids = [create, ...interrupts];
    const ended = await Promise.all(ids.map((id) => database.processed(id)));
    expect(ended.map(({ outcome }) => outcome)).toEqual(["done", "done", "done"]);
    expect(desk.handed.map(({ id }) => id)).toEqual([...ids, ...ids]);
  });

  test("buries an action that fails every time", async () => {
    await using database = await Database.make();
    const desk = await open(
      database,
      async () => {
        throw new Error("boom");
      },
      { attemptsMax: 2 },
    );
    const row = await database.processed(database.queue.agentPause("agent1", "test"));
    expect(row).toMatchObject({
      outcome: "dead",
      attempts: 2,
      error: { code: "ACTION_EXHAUSTED" },
    });
    expect(row.error?.message).toContain("boom");
    expect(desk.handed).toHaveLength(2);
  });

  test("rejects a row with the id of an action that waits or has ended, and one without an id", async () => {
    await using database = await Database.make();
    const { store } = database;
    await store.queue.append([newAction({ id: "a" }), newAction({ id: "a" })]);
    const desk = await open(database, done);
    await until(async () => (await store.queue.countPending()) === 0);
    await store.queue.append([newAction({ id: "a" }), newAction({ id: "" })]);
    await until(async () => (await store.queue.countPending()) === 0);
    expect(desk.handed.map(({ id }) => id)).toEqual(["a"]);
    const { items } = await store.queue.list();
    const ends = items.map(({ id, outcome, error }) => [id, outcome, error?.code ?? null]);
    expect(ends).toHaveLength(4);
    expect(ends).toEqual(
      expect.arrayContaining([
        ["a", "done", null],
        ["a", "rejected", "ACTION_DUPLICATE"],
        ["", "rejected", "ACTION_MALFORMED"],
      ]),
    );
    expect(ends.filter(([, , code]) => code === "ACTION_DUPLICATE")).toHaveLength(2);
  });

  // The table is read unasked after 30 s, which would find it as well.
  test("takes a postponed action when it is due, even without a poll before", {
    timeout: 25_000,
  }, async () => {
    await using database = await Database.make();
    let isFirst = true;
    const desk = await open(
      database,
      async () => {
        if (!isFirst) return {};
        isFirst = false;
        throw new TroupeError("INTERNAL", "not now");
      },
      { pollMs: 60_000 },
    );
    const row = await database.processed(database.queue.agentPause("agent1", "test"));
    expect(row).toMatchObject({ outcome: "done", attempts: 1 });
    expect(desk.handed).toHaveLength(2);
  });

  test("does not take actions that are not due yet", async () => {
    await using database = await Database.make();
    const notBefore = Date.now() + HOUR_MS;
    const later = await database.queue.agentPause("agent1", "test", "later", { notBefore });
    const desk = await open(database, done);
    await database.processed(database.queue.agentPause("agent1", "test", "now"));
    expect(desk.handed).toHaveLength(1);
    expect(await database.queue.actionFind(later)).toMatchObject({ processed: false });
  });

  test("when it closes, waits for running handlers and stores their acks", async () => {
    await using database = await Database.make();
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const desk = await open(database, async () => {
      begun.resolve();
      await gate.promise;
      return {};
    });
    const id = await database.queue.agentPause("agent1", "test");
    await begun.promise;
    const closed = desk.dispatcher.close();
    const late = await database.queue.agentPause("agent2", "test");
    gate.resolve();
    await closed;
    expect(await database.queue.actionFind(id)).toMatchObject({ outcome: "done" });
    expect(await database.queue.actionFind(late)).toMatchObject({ processed: false });
  });
});
