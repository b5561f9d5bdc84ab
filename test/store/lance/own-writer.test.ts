/** What a process that was replaced stores in its own tables: nothing, wherever it was stopped. */

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { WholeStepRow } from "../../../src/model/step.ts";
import { encodeRow } from "../../../src/store/lance/codec.ts";
import { openConnection, openTable } from "../../../src/store/lance/connection.ts";
import { predicatesOf } from "../../../src/store/lance/predicate.ts";
import { sealTable } from "../../../src/store/lance/seal.ts";
import type { StoredTable, TableObserver } from "../../../src/store/lance/stored-table.ts";
import { stepRow } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const has = predicatesOf("agent_steps");
const row = (iteration: number) => encodeRow("agent_steps", stepRow({ iteration }));

type Steps = StoredTable<"agent_steps">;

/** The table of an owner whose check of its claim is `admit`, and a connection of the next one. */
async function open(admit: () => Promise<void> | undefined) {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const next = await openConnection(location);
  const writers = await openConnection(location, {}, true);
  const observer = { ...silent, admit };
  const table = await openTable(next, "agent_steps", { location, log, observer, writers });
  onTestFinished(async () => {
    await table.close();
    writers.close();
    next.close();
    await folder[Symbol.asyncDispose]();
  });
  return { table, next };
}

const silent: TableObserver = {
  refusal: () => undefined,
  onStored: () => undefined,
  onFailed: () => undefined,
  onRead: () => undefined,
  onUnread: () => undefined,
  onHang: () => undefined,
  isHung: () => false,
  onSetAside: () => undefined,
};

const iterationsOf = async (table: Steps) => {
  const rows = await table.read<Pick<WholeStepRow, "iteration">>({ columns: ["iteration"] });
  return rows.map(({ iteration }) => iteration).sort();
};

test.each<[string, (table: Steps) => Promise<unknown>]>([
  ["an append", (table) => table.append([row(2)])],
  ["a merge", (table) => table.merge([row(2)], { key: "step_id", insertMissing: true })],
  ["a delete", (table) => table.delete(has.is("iteration", 1))],
])("%s is refused if a takeover falls between its check and its commit", async (_kind, write) => {
  let afterCheck: (() => Promise<void>) | undefined;
  const { table, next } = await open(() => afterCheck?.());
  await table.append([row(1)]);
  let checks = 0;
  afterCheck = async () => {
    checks += 1;
    if (checks > 1) throw new Error("lost");
    await sealTable(next, "agent_steps");
  };
  await expect(write(table)).rejects.toThrow("lost");
  expect(await iterationsOf(table)).toEqual([1]);
  afterCheck = undefined;
  await write(table);
  expect(await iterationsOf(table)).not.toEqual([1]);
});

test("what others have committed is seen by the next write", async () => {
  const { table, next } = await open(() => undefined);
  await table.append([row(1)]);
  const other = await next.openTable("agent_steps");
  await other.delete("iteration = 1");
  await table.append([row(2)]);
  expect(await table.delete(has.is("iteration", 1))).toBe(0);
  expect(await iterationsOf(table)).toEqual([2]);
  other.close();
});
