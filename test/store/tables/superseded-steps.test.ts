/** Which steps count is decided by few rows, however many the agents have. */

import { expect, test } from "vitest";
import { withoutSuperseded } from "../../../src/store/tables/superseded-steps.ts";
import { stepRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";
import { addSteps, CountedTable } from "./counted-table.ts";

const LATER = 2_000;

test("only later steps of an agent's own iterations on the page are read", async () => {
  await using sample = await openSample();
  const early = [
    stepRow({ agent_id: "a", iteration: 1 }),
    stepRow({ agent_id: "b", iteration: 900 }),
    stepRow({ agent_id: "b", iteration: 901 }),
    stepRow({ agent_id: "b", iteration: 950 }),
  ];
  const later = ["a", "b", "c"].flatMap((agent_id) =>
    // All but iteration 901, from the third on.
    Array.from({ length: LATER }, (_, n) => n + 3)
      .filter((iteration) => iteration !== 901)
      .map((iteration) => stepRow({ agent_id, iteration, epoch: 2 })),
  );
  await addSteps(sample, [...early, ...later]);
  await using table = await CountedTable.open(sample);
  const page = [...early, ...later.slice(-4)];
  const counted = await withoutSuperseded(table, page, 2);
  expect(counted).toEqual(page.filter((step) => ![early[1], early[3]].includes(step)));
  expect([table.reads, table.rowsRead]).toEqual([1, 2]);
  expect(await withoutSuperseded(table, later, 2)).toEqual(later);
  expect(table.reads).toBe(1);
});

test("a page of many agents is read in parts", async () => {
  await using sample = await openSample();
  const agents = Array.from({ length: 120 }, (_, n) => `agent${n}`);
  const early = agents.map((agent_id, n) => stepRow({ agent_id, iteration: n + 1 }));
  const again = early.slice(0, 100).map((step) => ({ ...stepRow(step), epoch: 3 }));
  await addSteps(sample, [...early, ...again]);
  await using table = await CountedTable.open(sample);
  expect(await withoutSuperseded(table, early, 3)).toEqual(early.slice(100));
  expect([table.reads, table.rowsRead]).toEqual([3, 100]);
});
