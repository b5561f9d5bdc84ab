/** Tables of other programs and of older versions: all rows stay, whenever the process dies. */

import { connect, makeArrowTable } from "@lancedb/lancedb";
import { Bool, Decimal, Field, Float64, Int32, Int64, Schema, Utf8 } from "apache-arrow";
import { expect, test } from "vitest";
import { readManifest } from "../../../src/store/lance/manifest.ts";
import { openStore } from "../../../src/store/store.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const schema = new Schema([
  new Field("id", new Utf8(), true),
  new Field("action", new Utf8(), true),
  new Field("actor", new Utf8(), true),
  new Field("payload", new Utf8(), true),
  new Field("created_at", new Int32(), true),
  new Field("processed", new Bool(), true),
  new Field("extra", new Int64(), true),
]);

function row(id: string) {
  const cells = { action: "agent_pause", actor: "py", payload: "{}", created_at: 5 };
  return { id, ...cells, processed: id === "a" ? null : false, extra: 7 };
}

async function makeForeign(location: string) {
  const connection = await connect(location, { readConsistencyInterval: 0 });
  const storageOptions = { new_table_data_storage_version: "2.2" };
  const table = await connection.createEmptyTable("queue", schema, { storageOptions });
  await table.add([row("a"), row("b")]);
  return { connection, table };
}

async function findIds(location: string): Promise<readonly string[]> {
  await using store = await openStore({ location, janitor: {} });
  const pending = await store.queue.findPending({ now: 10, limit: 100 });
  expect(pending[0]).toMatchObject({ action: "agent_pause", created_at: 5, processed: false });
  return pending.map(({ id }) => id);
}

test("a table of another format and other types is brought over with its rows", async () => {
  await using folder = await makeTempFolder();
  const { table } = await makeForeign(folder.path);
  expect(await findIds(folder.path)).toEqual(["a", "b"]);
  expect((await readManifest(folder.path, "queue"))?.format).toBe("2.0");
  // What the other program has open goes on.
  await table.add([row("c")]);
  expect(await findIds(folder.path)).toEqual(["a", "b", "c"]);
});

test.each([true, false])(
  "numbers as pandas and JavaScript make them are brought over (nullable: %s), and impossible ones as null",
  async (isNullable) => {
    await using folder = await makeTempFolder();
    const connection = await connect(folder.path);
    const [text, float] = [new Utf8(), new Float64()];
    const types = { id: text, action: text, actor: text, payload: text, processed: new Bool() };
    const numbers = {
      created_at: float,
      urgency: new Int64(),
      not_before: float,
      attempts: float,
      processed_at: new Decimal(0, 20, 128),
    };
    const fields = Object.entries({ ...types, ...numbers }).map(
      ([name, type]) => new Field(name, type, isNullable),
    );
    const cells = { action: "agent_pause", actor: "py", payload: "{}", processed: false };
    const rows = [
      { ...cells, id: "a", created_at: 5, urgency: 7n, not_before: 6, attempts: 0 },
      {
        ...cells,
        id: "b",
        created_at: 6,
        urgency: 5_000_000_000n,
        not_before: Number.NaN,
        attempts: 1e300,
      },
    ];
    await connection.createTable("queue", makeArrowTable(rows, { schema: new Schema(fields) }));
    await using store = await openStore({ location: folder.path, janitor: {} });
    const found = await store.queue.findPending({ now: 10, limit: 100 });
    expect(found).toMatchObject([
      { id: "a", created_at: 5, urgency: 7, not_before: 6, attempts: 0 },
      { id: "b", created_at: 6, urgency: 0, not_before: null, attempts: 0 },
    ]);
  },
);

test.each(["before it was emptied", "after it was emptied", "when half was copied"])(
  "a process that died %s loses no row",
  async (when) => {
    await using folder = await makeTempFolder();
    const { connection, table } = await makeForeign(folder.path);
    await (await table.tags()).create("troupe-bring-over", await table.version());
    if (when !== "before it was emptied") {
      const storageOptions = { new_table_data_storage_version: "2.0" };
      const widened = schema.fields.map(({ name, type }) => {
        const wide = name === "created_at" ? new Int64() : type;
        return new Field(name, wide, true);
      });
      const wider = new Schema(widened);
      const mode = { mode: "overwrite", storageOptions } as const;
      const empty = await connection.createEmptyTable("queue", wider, mode);
      if (when === "when half was copied") await empty.add([row("meanwhile"), row("a")]);
    }
    const expected = when === "when half was copied" ? ["a", "b", "meanwhile"] : ["a", "b"];
    expect(await findIds(folder.path)).toEqual(expected);
    expect(await findIds(folder.path)).toEqual(expected);
  },
);
