import { expect, test } from "vitest";
import { actionRanges } from "../../src/model/action-ranges.ts";
import { columnsIn, type NumberColumn } from "../../src/model/rows/column.ts";
import { queueRow } from "../../src/model/rows/queue-row.ts";

test.each(Object.entries(actionRanges))("%s has the range of its column", (name, [least, most]) => {
  const columns: Readonly<Record<string, unknown>> = columnsIn(queueRow);
  const { min, max } = columns[name] as NumberColumn;
  expect([min, max]).toEqual([least, most]);
});
