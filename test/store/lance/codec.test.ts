/** Rows survive the way into Arrow and back, whatever they hold. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { History } from "../../../src/model/history.ts";
import type { Column } from "../../../src/model/rows/column.ts";
import { encodeRow, fromArrow, toArrow } from "../../../src/store/lance/codec.ts";
import { columnsOf, type TableName, tableNames } from "../../../src/store/lance/columns.ts";
import { silentLog } from "../../../src/store/store-log.ts";

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("'", "''", "\\", "\u0000", ""),
);

function cellOf(column: Column): fc.Arbitrary<unknown> {
  switch (column.kind) {
    case "text":
      return column.choice === undefined ? text : fc.constantFrom(...column.choice.known);
    case "bool":
      return fc.boolean();
    case "int32":
      return fc.integer({ min: column.min, max: column.max });
    case "int64":
      // Larger ones may be another unit's milliseconds.
      return fc.integer(
        column.isTime === true ? { min: 1e11, max: 1e13 } : { min: column.min, max: column.max },
      );
    case "json": {
      const { hold, keep = (value) => value } = column;
      const json = jsonOf(column.shape).map((value) => keep(value) ?? null);
      return hold === undefined ? json : json.map((value) => hold(JSON.stringify(value)));
    }
  }
}

function jsonOf(shape: "object" | "array"): fc.Arbitrary<unknown> {
  const json = fc
    .jsonValue({ noUnicodeString: false })
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  if (shape === "array") return fc.array(json);
  return fc.dictionary(fc.string(), json, { noNullPrototype: true });
}

function rowOf(table: TableName): fc.Arbitrary<Record<string, unknown>> {
  const cells = Object.entries(columnsOf(table)).map(([name, column]) => {
    const isPlainNull = column.isNullable && !("fallback" in column);
    return [name, isPlainNull ? fc.option(cellOf(column)) : cellOf(column)] as const;
  });
  return fc.record(Object.fromEntries(cells), { noNullPrototype: true });
}

test.each(tableNames)("rows of %s are read back unchanged", async (table) => {
  await fc.assert(
    fc.asyncProperty(fc.array(rowOf(table), { minLength: 1, maxLength: 5 }), async (rows) => {
      const arrow = await toArrow(
        table,
        rows.map((row) => encodeRow(table, row)),
      );
      expect(fromArrow(table, arrow, { log: silentLog })).toEqual(rows);
    }),
    { numRuns: 60 },
  );
});

test("many rows are read back in their order", async () => {
  const rows = Array.from({ length: 1_001 }, (_, n) => ({ id: `a${n}`, created_at: n }));
  const arrow = await toArrow("queue", rows);
  expect(fromArrow("queue", arrow, { log: silentLog })).toEqual(rows);
});

test("nulls read as the column's fallback", async () => {
  const row = { agent_id: "a", history: null, config: null, context: null, exit_reason: null };
  const arrow = await toArrow("agent_state", [encodeRow("agent_state", row)]);
  expect(fromArrow("agent_state", arrow, { log: silentLog })).toEqual([
    { ...row, history: History.empty, config: {}, context: "null" },
  ]);
});

test("values that JSON or numbers cannot hold are refused", () => {
  expect(() => encodeRow("agent_state", { config: 1n })).toThrow(
    expect.objectContaining({ code: "RECORD_INVALID" }),
  );
  expect(() => encodeRow("agent_state", { config: () => 1 })).toThrow(
    expect.objectContaining({ code: "RECORD_INVALID" }),
  );
  expect(() => encodeRow("agent_state", { updated_at: Number.NaN })).toThrow(
    expect.objectContaining({ code: "RECORD_INVALID" }),
  );
  expect(encodeRow("agent_state", { updated_at: 1.6, restarts: 2 ** 40, other: 1 })).toEqual({
    updated_at: 2,
    restarts: 2 ** 31 - 1,
  });
  expect(encodeRow("queue", { id: "a\ud800" })).toEqual({ id: "a\ufffd" });
});

test("equal cells of a column are one value, which memory holds once", async () => {
  const [text, config] = ["x".repeat(40), { interval_ms: 5, deep: [1] }];
  const given = [1, 2, 3].map((n) => ({ agent_type: text, config, result: `${n}` }));
  const encoded = given.map((row) => encodeRow("agent_state", row));
  const rows = fromArrow("agent_state", await toArrow("agent_state", encoded), { log: silentLog });
  expect(rows).toEqual(given);
  const configs = new Set(rows.map((row) => row["config"] as typeof config));
  expect(configs.size).toBe(1);
  // A change by mistake would reach all of them.
  for (const { deep } of configs) expect(() => deep.push(2)).toThrow(TypeError);
});

test("a cell that is not the JSON of its column is read as empty and reported, also if it is not parsed", async () => {
  const told: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => told.push(message) };
  const bad = { ...encodeRow("agent_state", {}), history: '{"a":1}', config: "[" };
  const good = {
    ...encodeRow("agent_state", {}),
    history: ' [{"iteration":1,"subject":null,"result":"r","at":5}, null, {"result":"r"}]',
    config: "{}",
  };
  const rows = fromArrow("agent_state", await toArrow("agent_state", [bad, good]), { log });
  expect(rows).toMatchObject([{ config: {} }, { config: {} }]);
  const entries = rows.map(({ history }) => (history as History).entries);
  expect(entries).toEqual([[], [{ iteration: 1, subject: null, result: "r", at: 5 }]]);
  expect(told.toSorted((one, other) => (one < other ? -1 : 1))).toEqual([
    "agent_state.config should hold JSON (object); read as empty",
    "agent_state.history should hold JSON (array); parts that are of another kind are left out",
    "agent_state.history should hold JSON (array); read as empty",
  ]);
});

test("of JSON that the program relies on, what is not as the row has it is left out and reported", async () => {
  const told: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => told.push(message) };
  const guidance = { action_id: "a", guidance: { subject: "tea" }, at: 5 };
  const bad = {
    ...encodeRow("agent_state", {}),
    status: "asleep",
    pending_guidance: JSON.stringify([{}, guidance, 7]),
    applied_actions: '["a", {"id": "b"}]',
    usage: '{"joke": {"model": "x"}}',
    exit_reason: '{"reason": "tired"}',
    config: '{"interval_ms":-1,"unresponsive_timeout_ms":1e999,"model":7,"constructor":1,"own":-1}',
  };
  const rows = fromArrow("agent_state", await toArrow("agent_state", [bad]), { log });
  expect(rows).toEqual([
    {
      status: "error",
      pending_guidance: [guidance],
      applied_actions: ["a"],
      usage: null,
      exit_reason: null,
      config: { constructor: 1, own: -1 },
    },
  ]);
  expect(told).toHaveLength(6);
  expect(told).toContain(
    "agent_state.pending_guidance should hold JSON (array); parts that are of another kind are left out",
  );
  expect(told[0]).toMatch(/^agent_state.status should be one of starting, .*; read as error$/);
});
