/** Cursors lead through all rows, whatever anybody has written; pages are bounded in bytes. */

import { connect } from "@lancedb/lancedb";
import { Bool, Field, Int64, Schema, Table, Utf8, vectorFromArray } from "apache-arrow";
import fc from "fast-check";
import { expect, test } from "vitest";
import { namedAgent } from "../../../src/model/named-agent.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { inPages } from "../../support/in-pages.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { openSample } from "../sample-store.ts";

const types = {
  id: new Utf8(),
  action: new Utf8(),
  actor: new Utf8(),
  payload: new Utf8(),
  created_at: new Int64(),
  processed: new Bool(),
};
const schema = new Schema(Object.entries(types).map(([name, type]) => new Field(name, type, true)));

interface Cell {
  readonly id: string | null;
  readonly created_at: bigint | null;
}

const cell: fc.Arbitrary<Cell> = fc.record({
  id: fc.oneof(
    fc.constantFrom(
      null,
      "",
      "same",
      `${"é".repeat(300)}a`,
      `${"é".repeat(300)}b`,
      "🎉".repeat(500),
    ),
    fc.string({ unit: "grapheme", maxLength: 8 }),
  ),
  created_at: fc.constantFrom(
    null,
    -1n,
    0n,
    1n,
    1_764_000_000_000_000_000n,
    1_764_000_000_000_000_001n,
  ),
});

async function countThrough(store: Store, limit: number): Promise<number> {
  const rows = await inPages(limit, async (request) => {
    const page = await store.queue.list(request);
    expect((page.next_cursor ?? "").length).toBeLessThan(2_000);
    return page;
  });
  return rows.length;
}

test("cursors lead through rows of any time and id, each once", async () => {
  await using folder = await makeTempFolder();
  const connection = await connect(folder.path);
  const table = await connection.createEmptyTable("queue", schema);
  await using store = await openStore({ location: folder.path });
  const cells = fc.array(cell, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(cells, fc.integer({ min: 1, max: 4 }), async (rows, limit) => {
      await table.delete("true");
      const column = (name: keyof typeof types, values: readonly unknown[]) =>
        [name, vectorFromArray(values, types[name])] as const;
      const text = (name: "action" | "actor" | "payload") =>
        column(
          name,
          rows.map(() => "{}"),
        );
      const columns = [
        column(
          "id",
          rows.map(({ id }) => id),
        ),
        text("action"),
        text("actor"),
        text("payload"),
        column(
          "created_at",
          rows.map(({ created_at }) => created_at),
        ),
        column(
          "processed",
          rows.map(() => true),
        ),
      ];
      await table.add(new Table(schema, Object.fromEntries(columns)));
      expect(await countThrough(store, limit)).toBe(rows.length);
    }),
    { numRuns: 15 },
  );
});

test("a page of large rows has fewer than requested and a cursor to the next", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const payload = JSON.stringify({ text: "x".repeat(200_000) });
  await store.queue.append(Array.from({ length: 50 }, () => newAction({ payload })));
  const page = await store.queue.list({ limit: 50 });
  expect(page.items.length).toBeLessThan(25);
  expect(page.next_cursor).not.toBeNull();
  expect(await countThrough(store, 50)).toBe(50);
});

test("actions of an agent are found if only their payload names it", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const about = (agent_id: string | null, named: object) =>
    newAction({ agent_id, payload: JSON.stringify(named, null, 1) });
  await queue.append([
    about("a.1", {}),
    about(null, { agent_id: "a.1" }),
    about("", { agent_id: "a.1", guidance: { agent_id: "b" } }),
    about(null, { agent_id: "b", guidance: { agent_id: "a.1" } }),
    about("b", { agent_id: "a.1" }),
    about(null, {}),
  ]);
  const found = await inPages(2, (request) => queue.list({ ...request, agent_id: "a.1" }));
  expect(found.map(namedAgent)).toEqual(["a.1", "a.1", "a.1"]);
  expect(found.map(({ agent_id }) => agent_id)).toContain(null);
  expect((await queue.list({ agent_id: "b' OR true" })).items).toEqual([]);
});

test("rows of others that name the agent in their guidance take no room on a page", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const others = JSON.stringify({ agent_id: "b", guidance: { agent_id: "a" } });
  const rows = Array.from({ length: 40 }, (_, n) =>
    n % 4 === 0
      ? newAction({ id: `wanted ${n / 4}`, agent_id: "a", created_at: n })
      : newAction({ agent_id: null, payload: others, created_at: n }),
  );
  await queue.append(rows);
  const first = await queue.list({ agent_id: "a", limit: 7 });
  expect(first.items.map(({ id }) => id)).toEqual([9, 8, 7, 6, 5, 4, 3].map((n) => `wanted ${n}`));
  const cursor = first.next_cursor ?? "";
  const rest = await queue.list({ agent_id: "a", limit: 7, cursor });
  expect(rest.items.map(({ id }) => id)).toEqual([2, 1, 0].map((n) => `wanted ${n}`));
  expect(rest.next_cursor).toBeNull();
});

test("a page without actions is the last one, even if rows of others come before the agent's", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const others = JSON.stringify({ agent_id: "b", guidance: { agent_id: "a" } });
  await queue.append([
    newAction({ id: "wanted", agent_id: "a", created_at: 0 }),
    ...[1, 2, 3, 4, 5].map((created_at) =>
      newAction({ agent_id: null, payload: others, created_at }),
    ),
  ]);
  const page = await queue.list({ agent_id: "a", limit: 2 });
  expect(page.items.map(({ id }) => id)).toEqual(["wanted"]);
  expect(page.next_cursor).toBeNull();
});
