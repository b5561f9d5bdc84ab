import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { block } from "../../support/break.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

test("while the table takes no rows, lists and counts have the journal's actions", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const journal = { folder: location, acksInTable: false };
  await using store = await openStore({ location, janitor: {}, journal });
  const listener = { onEndsWritten: () => undefined, onRemoved: () => undefined };
  store.queue.journal?.attach(listener);
  await store.queue.append([newAction({ id: "stored", created_at: 1_000 })], true);
  await store.queue.settle();
  const mend = await block(join(location, "queue.lance/_transactions"));
  const late = ["a", "b", "c"].map((id, n) => newAction({ id, created_at: 2_000 + n }));
  await store.queue.append(late, true);
  await store.queue.ack([ackOf("b"), ackOf("stored")]);
  const first = await store.queue.list({ limit: 3 });
  expect(first.items.map(({ id, outcome }) => [id, outcome])).toEqual([
    ["c", null],
    ["b", "done"],
    ["a", null],
  ]);
  const cursor = first.next_cursor ?? "";
  expect((await store.queue.list({ cursor })).items).toEqual([
    expect.objectContaining({ id: "stored", outcome: "done" }),
  ]);
  expect((await store.queue.list({ status: "pending" })).items).toHaveLength(2);
  expect(await store.queue.countPending()).toBe(2);
  await mend();
  await until(async () => (await store.queue.list()).items.length === 4);
  expect(await store.queue.countPending()).toBe(2);
});
