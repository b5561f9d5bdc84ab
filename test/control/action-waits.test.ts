import { expect, test } from "vitest";
import { ActionWaits } from "../../src/control/action-waits.ts";
import { EventBus } from "../../src/event-bus.ts";
import { newActionId } from "../../src/model/ids.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";

async function setUp(waitersMax = 10) {
  const database = await Database.make();
  const events = new EventBus();
  const waits = new ActionWaits(events, database.store.queue, waitersMax);
  const append = async (): Promise<string> => {
    const id = newActionId();
    await database.store.queue.append([newAction({ id })]);
    return id;
  };
  const end = async (id: string): Promise<void> => {
    const ack = { id, outcome: "done" as const, error: null, attempts: 0, processed_at: 1 };
    await database.store.queue.ack([ack]);
  };
  const tell = (id: string) =>
    events.publish("action.processed", {
      id,
      action: "agent_pause",
      outcome: "done",
      error: null,
      waited_ms: 1,
      took_ms: 1,
    });
  return {
    waits,
    append,
    end,
    tell,
    [Symbol.asyncDispose]: async () => {
      waits[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const patient = { ms: 50_000, signal: new AbortController().signal, isOld: false };

test("a wait ends with the event, once the last of its actions has one", async () => {
  await using world = await setUp();
  const ids = [await world.append(), await world.append()];
  let isOver = false;
  const waiting = world.waits.wait(ids, patient).finally(() => {
    isOver = true;
  });
  for (const id of ids) await world.end(id);
  world.tell(ids[1] ?? "");
  await Promise.resolve();
  expect(isOver).toBe(false);
  world.tell(ids[0] ?? "");
  expect(await waiting).toMatchObject(ids.map((id) => ({ id, outcome: "done" })));
});

test("an action that has ended before the wait is known", async () => {
  await using world = await setUp();
  const id = await world.append();
  await world.end(id);
  world.tell(id);
  expect(await world.waits.wait([id], patient)).toMatchObject([{ id }]);
});

test("an old action is read from the table", async () => {
  await using world = await setUp();
  const id = await world.append();
  await world.end(id);
  expect(await world.waits.wait([id], { ...patient, isOld: true })).toMatchObject([{ id }]);
});

test("an end without an event is found at the deadline", async () => {
  await using world = await setUp();
  const [ended, open] = [await world.append(), await world.append()];
  const waiting = world.waits.wait([ended], { ...patient, ms: 200 });
  await world.end(ended);
  expect(await waiting).toMatchObject([{ id: ended }]);
  expect(await world.waits.wait([open], { ...patient, ms: 1 })).toBeUndefined();
});

test("waiters beyond the limit, gone ones and those of a server that ends do not wait", async () => {
  await using world = await setUp(2);
  const id = await world.append();
  const gone = new AbortController();
  const first = world.waits.wait([id], { ...patient, signal: gone.signal });
  const second = world.waits.wait([id], patient);
  expect(await world.waits.wait([id], patient)).toBeUndefined();
  gone.abort();
  expect(await first).toBeUndefined();
  world.waits[Symbol.dispose]();
  expect(await second).toBeUndefined();
});
