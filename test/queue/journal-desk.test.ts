/** What a dispatcher does with the journal's entries: its own ones, and those of a process that died. */

import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { EventBus } from "../../src/event-bus.ts";
import type { ActionRow } from "../../src/model/action.ts";
import { TroupeError } from "../../src/model/errors.ts";
import { ActionQueue } from "../../src/queue/action-queue.ts";
import { Dispatcher, type DispatcherOptions, type Done } from "../../src/queue/dispatcher.ts";
import { constantRhythm } from "../../src/queue/poller.ts";
import type { Store } from "../../src/store/store.ts";
import { openCrashed } from "../store/crash-copy.ts";
import { openJournaled, withJournal } from "../store/effects-store.ts";
import { block } from "../support/break.ts";
import { ackOf, newAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

/** As in queue/open-actions.ts. */
const UNACKED_MAX = 2_000;
const HOUR_MS = 3_600_000;
/** As in queue/poller.ts. */
const WINDOW_ROWS = 1_000;
const pause = { action: "agent_pause", actor: "test", payload: { agent_id: "agent1" } };

interface Desk {
  readonly dispatcher: Dispatcher;
  readonly queue: ActionQueue;
  /** What was carried out, in order. */
  readonly done: readonly string[];
  /** Ids of the actions that the journal no longer has. */
  readonly acked: readonly string[];
  /** Ids in the log. */
  readonly told: readonly string[];
  readonly started: Promise<void>;
}

function start(
  store: Store,
  { handle, repeat }: Partial<Pick<DispatcherOptions, "handle" | "repeat">>,
): Desk {
  const [done, acked, told]: [string[], string[], string[]] = [[], [], []];
  const dispatcher = new Dispatcher({
    table: store.queue,
    events: new EventBus(),
    log: pino({}, { write: (line: string) => told.push(JSON.parse(line).id) }),
    rhythm: constantRhythm(HOUR_MS), // so that nothing is found by chance
    attemptsMax: 1,
    handle: async (action): Promise<Done> => {
      done.push(`handle ${action.id}`);
      return (await handle?.(action)) ?? {};
    },
    repeat: async (action): Promise<Done> => {
      done.push(`repeat ${action.id}`);
      return (await repeat?.(action)) ?? {};
    },
    onAcked: (_agentId, actionId) => acked.push(actionId),
    hasEffect: async () => false,
  });
  const started = dispatcher.start();
  onTestFinished(() => dispatcher.close());
  const queue = new ActionQueue(store.queue, dispatcher);
  return { dispatcher, queue, done, acked, told, started };
}

/** As a process leaves it that dies when these actions have ended and their effects are not stored. */
async function openLeft(...rows: readonly ActionRow[]): Promise<Store> {
  const { store, location } = await openJournaled();
  await store.queue.append(rows, true);
  for (const { id } of rows) store.queue.journal?.openEffect(id);
  await store.queue.ack(rows.map(({ id }) => ackOf(id)));
  return await openCrashed(location, withJournal);
}

test("effects of an earlier process are repeated before newer actions, and kept until they are stored", async () => {
  const store = await openLeft(newAction({ id: "a" }), newAction({ id: "b" }));
  const stored = Promise.withResolvers<void>();
  const { queue, done, acked } = start(store, { repeat: async () => ({ stored: stored.promise }) });
  const [newer = ""] = await queue.append([pause]);
  await until(() => acked.includes(newer));
  expect(done).toEqual(["repeat a", "repeat b", `handle ${newer}`]);
  expect([acked, store.journal?.entries]).toEqual([[newer], 2]);
  stored.resolve();
  await until(() => acked.length === 3);
  expect(store.journal?.entries).toBe(0);
});

test("what an earlier process accepted and did not begin is begun before what is accepted after the start", async () => {
  const { store: earlier, location } = await openJournaled();
  await earlier.queue.append([newAction({ id: "a" }), newAction({ id: "b" })], true);
  const { queue, done, started } = start(await openCrashed(location, withJournal), {});
  await started;
  const [newer = ""] = await queue.append([pause]);
  await until(() => done.length === 3);
  expect(done).toEqual(["handle a", "handle b", `handle ${newer}`]);
});

/** A process whose first poll did not reach `older`, the only row of agent2; its first action never ends. */
async function startBehind(): Promise<Desk & { readonly location: string }> {
  const { store, location } = await openJournaled();
  const others = Array.from({ length: WINDOW_ROWS }, (_, n) =>
    newAction({ id: `a${n}`, created_at: 1 }),
  );
  const lane = { agent_id: "agent2", payload: JSON.stringify({ agent_id: "agent2" }) };
  await store.queue.append([...others, newAction({ id: "older", created_at: 2, ...lane })]);
  const never = Promise.withResolvers<Done>();
  const handle = async ({ id }: { readonly id: string }) =>
    id === "a0" ? await never.promise : {};
  const desk = start(store, { handle });
  onTestFinished(() => never.resolve({}));
  await desk.started;
  expect(desk.done).toEqual(["handle a0"]);
  return { ...desk, location };
}

const pauseOfAgent2 = { ...pause, payload: { agent_id: "agent2" } };

test("what waits in the table beyond one poll is not overtaken by what is accepted", async () => {
  const { queue, done } = await startBehind();
  const [newer = ""] = await queue.append([pauseOfAgent2]);
  await until(() => done.length === 3);
  expect(done).toEqual(["handle a0", "handle older", `handle ${newer}`]);
});

test("what is accepted behind unread rows follows them although the table takes no rows", async () => {
  const { queue, done, location } = await startBehind();
  const mend = await block(`${location}/queue.lance/_transactions`);
  onTestFinished(mend);
  const [second = "", third = ""] = await queue.append([pauseOfAgent2, pauseOfAgent2]);
  const [fourth = ""] = await queue.append([pauseOfAgent2]);
  await until(() => done.length === 5);
  const newer = [second, third, fourth].map((id) => `handle ${id}`);
  expect(done).toEqual(["handle a0", "handle older", ...newer]);
});

test("what is withdrawn while it waits for unread rows is not carried out", async () => {
  const { dispatcher, queue, done } = await startBehind();
  const [unwanted = ""] = await queue.append([pauseOfAgent2]);
  const withdrawn = dispatcher.withdraw(unwanted, { code: "WHY", message: "why", at: 1 });
  const [newer = ""] = await queue.append([pauseOfAgent2]);
  expect(await withdrawn).toMatchObject({ id: unwanted, outcome: "cancelled" });
  await until(() => done.length === 3);
  expect(done).toEqual(["handle a0", "handle older", `handle ${newer}`]);
});

test("while the table takes no rows, what is due later holds up no action that is due", async () => {
  const { store, location } = await openJournaled();
  const { queue, done, started } = start(store, {});
  await started;
  const mend = await block(`${location}/queue.lance`);
  onTestFinished(mend);
  await queue.append([{ ...pause, not_before: Date.now() + 1_000 }]);
  const [id] = await queue.append([pause]);
  await until(() => done.length > 0);
  expect(done).toEqual([`handle ${id}`]);
});

test("repeated effects that are not stored count against their lane, and hold up no other", async () => {
  const rows = Array.from({ length: UNACKED_MAX }, (_, n) => newAction({ id: `a${n}` }));
  const store = await openLeft(...rows);
  const stored = Promise.withResolvers<void>();
  const { queue, done, acked } = start(store, { repeat: async () => ({ stored: stored.promise }) });
  const other = { ...pause, payload: { agent_id: "agent2" } };
  const [full = ""] = await queue.append([pause]);
  await until(() => done.length === UNACKED_MAX);
  const [free = ""] = await queue.append([other]);
  await until(() => acked.includes(free));
  expect(done).not.toContain(`handle ${full}`);
  stored.resolve();
  await until(() => acked.includes(full));
});

test("an action on the environment is not repeated, and leaves the journal", async () => {
  const reload = { action: "environment_reload", agent_id: null, payload: "{}" } as const;
  const store = await openLeft(newAction({ id: "a", ...reload }));
  const { acked, done } = start(store, {});
  await until(() => acked.includes("a"));
  expect(done).toEqual([]);
});

test("an effect that cannot be stored now is kept for the next start, and one that never can is not", async () => {
  const codes = { a: "STORE_UNAVAILABLE", b: "AGENT_NOT_RUNNING" } as const;
  const store = await openLeft(newAction({ id: "a" }), newAction({ id: "b" }));
  const { acked, told } = start(store, {
    repeat: async ({ id }) => {
      throw new TroupeError(codes[id as "a" | "b"], "not stored");
    },
  });
  await until(() => acked.includes("b"));
  expect(told).toEqual(["a", "b"]);
  expect([acked, store.journal?.entries]).toEqual([["b"], 1]);
});

test("an action that ends before its effect is stored stays in the journal until then", async () => {
  const { store } = await openJournaled();
  const stored = Promise.withResolvers<void>();
  const lost = Promise.reject(new Error("not stored"));
  lost.catch(() => undefined);
  const later = [stored.promise, lost];
  const { dispatcher, queue, acked } = start(store, {
    handle: async () => {
      const storedLater = later.shift();
      return { stored: Promise.resolve(), ...(storedLater && { storedLater }) };
    },
  });
  const [first = "", second = "", third = ""] = await queue.append([pause, pause, pause]);
  await until(() => acked.includes(third));
  for (const id of [first, second]) {
    expect(await store.queue.find(id)).toMatchObject({ outcome: "done" });
  }
  expect([acked, store.journal?.entries]).toEqual([[third], 2]);
  stored.resolve();
  await until(() => acked.includes(first));
  expect([acked, store.journal?.entries]).toEqual([[third, first], 1]);
  expect(dispatcher.inFlight).toBe(0);
});
