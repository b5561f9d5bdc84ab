import { expect, test } from "vitest";
import { EventBus } from "../../src/event-bus.ts";
import type { Action } from "../../src/model/action.ts";
import { TroupeError } from "../../src/model/errors.ts";
import type { TroupeEvent } from "../../src/model/event.ts";
import { withdrawnBy } from "../../src/model/withdrawal.ts";
import type { Dispatcher, Done } from "../../src/queue/dispatcher.ts";
import { constantRhythm } from "../../src/queue/poller.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";
import { startDispatcher } from "./start-dispatcher.ts";

const HOUR_MS = 3_600_000;
const why = withdrawnBy("me", "changed my mind", 1);

interface Desk {
  readonly dispatcher: Dispatcher;
  readonly handed: string[];
  readonly events: TroupeEvent[];
}

async function open(
  database: Database,
  handle: (action: Action) => Promise<Done>,
  hasEffect: () => Promise<boolean> = async () => false,
): Promise<Desk> {
  const handed: string[] = [];
  const heard: TroupeEvent[] = [];
  const events = new EventBus();
  events.subscribe((event) => heard.push(event));
  const dispatcher = startDispatcher({
    table: database.store.queue,
    events,
    rhythm: constantRhythm(5),
    attemptsMax: 5,
    hasEffect,
    handle: (action) => {
      handed.push(action.id);
      return handle(action);
    },
    repeat: handle,
  });
  return { dispatcher, handed, events: heard };
}

const done = async () => ({});
const codeOf = (thrown: unknown) => (thrown instanceof TroupeError ? thrown.code : String(thrown));
const refusal = (asked: Promise<unknown>) => asked.then(() => "withdrawn", codeOf);

/** A handler that holds the first action until it is told to go on. */
function gated() {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const handle = async () => {
    begun.resolve();
    await gate.promise;
    return {};
  };
  return { handle, begun: begun.promise, open: gate.resolve };
}

test("an action that waits behind another of its agent is withdrawn, published and never handed over", async () => {
  await using database = await Database.make();
  const gate = gated();
  const desk = await open(database, gate.handle);
  const first = await database.queue.agentPause("a", "test");
  await gate.begun;
  const second = await database.queue.agentResume("a", "test");
  await until(() => desk.events.some(({ data }) => "id" in data && data.id === second));
  const row = await desk.dispatcher.withdraw(second, why);
  expect(row).toMatchObject({ id: second, processed: true, outcome: "cancelled", error: why });
  expect(await database.queue.actionFind(second)).toMatchObject({ outcome: "cancelled" });
  expect(desk.events.find(({ type }) => type === "action.processed")).toMatchObject({
    agent_id: "a",
    data: { id: second, outcome: "cancelled", took_ms: 0 },
  });
  expect(await refusal(desk.dispatcher.withdraw(first, why))).toBe("ACTION_BEGUN");
  gate.open();
  await database.processed(first);
  expect(desk.handed).toEqual([first]);
  expect(await refusal(desk.dispatcher.withdraw(first, why))).toBe("ACTION_BEGUN");
});

test("an action that is not due yet is withdrawn in the table, even if only its payload names the agent", async () => {
  await using database = await Database.make();
  const desk = await open(database, done);
  const notBefore = Date.now() + HOUR_MS;
  const later = await database.queue.agentPause("a", "test", "later", { notBefore });
  const [foreign = ""] = await database.queue.enqueue([
    { action: "agent_pause", actor: "test", payload: { agent_id: "a" }, notBefore },
  ]);
  for (const id of [later, foreign]) {
    expect(await desk.dispatcher.withdraw(id, why)).toMatchObject({ outcome: "cancelled" });
  }
  expect(await desk.dispatcher.withdraw(later, why)).toMatchObject({ outcome: "cancelled" });
  expect(await refusal(desk.dispatcher.withdraw("nobody's", why))).toBe("ACTION_NOT_FOUND");
  expect(await database.store.queue.countPending()).toBe(0);
  expect(desk.handed).toEqual([]);
});

test("an action that waits for its next attempt is withdrawn, before that is stored and after", async () => {
  await using database = await Database.make();
  const desk = await open(database, async () => {
    throw new TroupeError("INTERNAL", "not now");
  });
  const soon = await database.queue.agentPause("a", "test");
  await until(() => desk.handed.includes(soon));
  expect(await desk.dispatcher.withdraw(soon, why)).toMatchObject({ outcome: "cancelled" });
  const stored = await database.queue.agentPause("b", "test");
  await until(async () => (await database.queue.actionFind(stored))?.attempts === 1);
  expect(await desk.dispatcher.withdraw(stored, why)).toMatchObject({ attempts: 1 });
  expect(desk.handed).toEqual([soon, stored]);
});

test("an action that has had its effect is not withdrawn, and continues", async () => {
  await using database = await Database.make();
  const notBefore = Date.now() + 300;
  const desk = await open(database, done, async () => true);
  const id = await database.queue.agentPause("a", "test", "later", { notBefore });
  expect(await refusal(desk.dispatcher.withdraw(id, why))).toBe("ACTION_BEGUN");
  expect(await database.processed(id)).toMatchObject({ outcome: "done" });
});

test("of a withdrawal and the dispatcher one wins, whenever they meet", async () => {
  await using database = await Database.make();
  const desk = await open(database, done);
  const due = Date.now() + 400;
  const asked = Array.from({ length: 120 }, (_, n) => ({
    action: "agent_pause",
    actor: "test",
    payload: { agent_id: `a${n}` },
    notBefore: due,
  }));
  const ids = await database.queue.enqueue(asked);
  const said = new Map<string, string>();
  const withdrawals: Promise<void>[] = [];
  // Across the moment at which they are due.
  for (const id of ids) {
    const asked = refusal(desk.dispatcher.withdraw(id, why));
    withdrawals.push(asked.then((how) => void said.set(id, how)));
    await new Promise((next) => setTimeout(next, 6));
  }
  await Promise.all(withdrawals);
  await until(async () => (await database.store.queue.countPending()) === 0);
  const handed = new Set(desk.handed);
  for (const id of ids) {
    const outcome = (await database.queue.actionFind(id))?.outcome;
    expect([said.get(id), outcome, handed.has(id)]).toEqual(
      handed.has(id) ? ["ACTION_BEGUN", "done", true] : ["withdrawn", "cancelled", false],
    );
  }
  expect(handed.size).toBeLessThan(ids.length);
});

test("a dispatcher that closes ends every withdrawal, stored or refused", async () => {
  await using database = await Database.make();
  const desk = await open(database, done);
  const notBefore = Date.now() + HOUR_MS;
  const asked = Array.from({ length: 20 }, () => ({
    action: "agent_pause",
    actor: "test",
    payload: { agent_id: "a" },
    notBefore,
  }));
  const ids = await database.queue.enqueue(asked);
  const withdrawals = ids.map((id) => refusal(desk.dispatcher.withdraw(id, why)));
  await desk.dispatcher.close();
  const said = await Promise.all(withdrawals);
  for (const [n, id] of ids.entries()) {
    const outcome = (await database.queue.actionFind(id))?.outcome;
    expect([said[n], outcome]).toEqual(
      outcome === null ? ["STORE_UNAVAILABLE", null] : ["withdrawn", "cancelled"],
    );
  }
});

test("two simultaneous withdrawals of one action both succeed", async () => {
  await using database = await Database.make();
  const desk = await open(database, done);
  const notBefore = Date.now() + HOUR_MS;
  const id = await database.queue.agentPause("a", "test", "later", { notBefore });
  const both = [desk.dispatcher.withdraw(id, why), desk.dispatcher.withdraw(id, why)];
  expect(await Promise.all(both)).toMatchObject([{ outcome: "cancelled" }, { id }]);
});

test("a destroy ends older actions that are not due, and creates that were not taken; younger ones stay", async () => {
  await using database = await Database.make();
  const gate = gated();
  const desk = await open(database, gate.handle);
  const append = async (id: string, action: string, created_at: number, not_before?: number) => {
    const row = { id, action, agent_id: null, payload: '{"agent_id":"a"}', created_at };
    await database.store.queue.append([newAction({ ...row, not_before: not_before ?? null })]);
  };
  const later = Date.now() + HOUR_MS;
  await append("create", "create_agent", 1, later);
  await append("interrupt", "agent_interrupt", 2, later);
  await append("younger", "create_agent", 4, later);
  await append("destroy", "agent_destroy", 3);
  await gate.begun;
  expect(await desk.dispatcher.endOlder("destroy", "a")).toHaveLength(2);
  expect(await desk.dispatcher.endOlder("destroy", "a")).toEqual([]);
  const outcomes = ["create", "interrupt", "younger"].map(
    async (id) => (await database.queue.actionFind(id))?.outcome,
  );
  expect(await Promise.all(outcomes)).toEqual(["cancelled", "cancelled", null]);
  gate.open();
  await database.processed("destroy");
});
