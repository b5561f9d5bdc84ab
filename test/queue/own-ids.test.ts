/** Ids that callers choose: a request with one that is not new is refused as a whole. */

import { expect, test } from "vitest";
import type { NewAction } from "../../src/model/action.ts";
import { OwnIds } from "../../src/queue/own-ids.ts";
import { Database } from "../support/database.ts";
import { newAction } from "../support/sample-rows.ts";

function pause(id?: string): NewAction {
  return { action: "agent_pause", actor: "test", payload: { agent_id: "agent1" }, id };
}

const duplicate = (id: string) => ({
  code: "ACTION_DUPLICATE",
  message: `the id of an action must be new; an action already has the id "${id}"`,
  details: { id },
});

test("new ids are taken, and actions without any", async () => {
  await using database = await Database.make();
  const ids = new OwnIds(database.store.queue);
  expect(await ids.claim([pause("a"), pause("b")], async () => "appended")).toBe("appended");
  expect(await ids.claim([pause(), pause()], async () => "appended")).toBe("appended");
});

test("an id that a row has, or that comes twice, is refused before anything is appended", async () => {
  await using database = await Database.make();
  await database.store.queue.append([newAction({ id: "old" })]);
  const ids = new OwnIds(database.store.queue);
  const appended: string[] = [];
  const claim = (...given: readonly string[]) =>
    ids.claim(
      given.map((id) => pause(id)),
      async () => appended.push(...given),
    );
  await expect(claim("a", "old")).rejects.toMatchObject(duplicate("old"));
  await expect(claim("a", "b", "a")).rejects.toMatchObject(duplicate("a"));
  await expect(claim("a", "")).rejects.toMatchObject({ code: "ACTION_MALFORMED" });
  expect(appended).toEqual([]);
  await claim("a", "b");
  expect(appended).toEqual(["a", "b"]);
});

test("an id is taken while its append is under way, and free again if that fails", async () => {
  await using database = await Database.make();
  const ids = new OwnIds(database.store.queue);
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const first = ids.claim([pause("a")], () => {
    begun.resolve();
    return end.promise;
  });
  await begun.promise;
  await expect(ids.claim([pause("a")], async () => 1)).rejects.toMatchObject(duplicate("a"));
  end.reject(new Error("not stored"));
  await expect(first).rejects.toThrow("not stored");
  expect(await ids.claim([pause("a")], async () => 1)).toBe(1);
});
