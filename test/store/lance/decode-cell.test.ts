/** Numbers that foreign programs wrote, or damaged. Texts and JSON are in codec.test.ts. */

import { expect, test } from "vitest";
import { plausibleMs } from "../../../src/model/plausible-ms.ts";
import { type EncodedRow, fromArrow, toArrow } from "../../../src/store/lance/codec.ts";
import type { TableName } from "../../../src/store/lance/columns.ts";
import { silentLog } from "../../../src/store/store-log.ts";

const MAX = 2n ** 62n;

test("a foreign time in any unit is read as milliseconds", () => {
  const ms = 1_764_000_000_000;
  expect([ms / 1e3, ms, ms * 1e3, ms * 1e6].map(plausibleMs)).toEqual([ms, ms, ms, ms]);
  expect([0, -1, 1_000].map(plausibleMs)).toEqual([0, -1, 1_000]);
});

test("a number that no Troupe stores is read as empty and reported", async () => {
  const { row, told } = await read("agent_state", {
    iteration: MAX,
    restarts: -1,
    turn: -MAX,
    next_at: MAX,
    updated_at: MAX,
    started_at: -1,
    ended_at: 8_640_000_000_000_001,
    epoch: 2 ** 31 - 1,
  });
  expect(row).toEqual({
    iteration: 0,
    restarts: 0,
    turn: 0,
    next_at: null,
    updated_at: 0,
    started_at: -1,
    ended_at: null,
    epoch: 0,
  });
  expect(told).toHaveLength(7);
  expect(told).toContain(
    "agent_state.restarts should be a whole number from 0 to 1073741824; read as empty",
  );
});

test("text that is none of its column's is read as the column says, and reported", async () => {
  const step = await read("agent_steps", { status: "fine", next_on: "tea", error: '{"x":1}' });
  expect(step.row).toEqual({ status: "error", next_on: null, error: null });
  const action = await read("queue", { outcome: "great" });
  expect(action.row).toEqual({ outcome: null });
  expect([...step.told, ...action.told]).toHaveLength(4);
});

test("a null in a column of ours that must have none is read as empty and reported", async () => {
  const { row, told } = await read("agent_state", { agent_type: null, status: null, epoch: null });
  expect(row).toEqual({ agent_type: "", status: "error", epoch: 0 });
  expect(told).toHaveLength(3);
});

test("a number in a table that other programs write is read as it is, because its action is refused", async () => {
  const { row, told } = await read("queue", { not_before: MAX, attempts: -1 });
  expect(row).toEqual({ not_before: Number(MAX), attempts: -1 });
  expect(told).toEqual([]);
});

async function read(table: TableName, cells: EncodedRow) {
  const told: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => told.push(message) };
  const [row] = fromArrow(table, await toArrow(table, [cells]), { log });
  return { row, told };
}
