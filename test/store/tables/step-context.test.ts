/** The context after a step: which steps it is known of, and how it is searched for. */

import { expect, test } from "vitest";
import type { WholeStepRow } from "../../../src/model/step.ts";
import { readStepContext } from "../../../src/store/tables/step-context.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";
import { addSteps, CountedTable } from "./counted-table.ts";

/** More than one read of the largest size. */
const MANY = 90_000;

/** Of which only the first changes the context. */
function quietSteps(count: number): readonly WholeStepRow[] {
  return Array.from({ length: count }, (_, n) =>
    stepRow({ iteration: n + 1, ended_at: n + 1, context: n === 0 ? '{"n":1}' : null }),
  );
}

test("a step that is no longer kept has no context, even if the agent's never changed since", async () => {
  await using sample = await openSample();
  const { steps } = sample.store;
  const row = agentRow({ iteration: 7, context: '{"n":1}' });
  await addSteps(sample, quietSteps(7));
  await steps.expire(6);
  await expect(steps.contextAt(row, 5)).rejects.toMatchObject({
    code: "STEP_NOT_FOUND",
    message: 'nothing is known of "agent1" after step 5: the step is no longer kept',
  });
  const own = { from_iteration: null, context: { n: 1 } };
  expect(await steps.contextAt(row, 6)).toMatchObject(own);
  await steps.expire(100);
  // The agent's own context needs no step.
  expect(await steps.contextAt(row, 7)).toMatchObject(own);
  await expect(steps.contextAt(row, 6)).rejects.toMatchObject({ code: "STEP_NOT_FOUND" });
});

test("the agent's own context is that after its last step, whatever later steps change", async () => {
  await using sample = await openSample();
  const row = agentRow({ iteration: 2, context: '{"n":0}' });
  await addSteps(sample, [
    stepRow({ iteration: 2 }),
    stepRow({ iteration: 3, context: '{"n":3}' }),
  ]);
  expect(await sample.store.steps.contextAt(row, 2)).toMatchObject({ context: { n: 0 } });
});

test("a change long ago is found in few reads, and a search ends with its signal", async () => {
  await using sample = await openSample();
  const row = agentRow({ iteration: MANY, context: '{"n":1}' });
  await addSteps(sample, quietSteps(MANY));
  await using table = await CountedTable.open(sample);
  const place = { row, iteration: MANY, epoch: 1 };
  const found = await readStepContext(table, place);
  expect(found).toMatchObject({ from_iteration: 1, context: { n: 1 } });
  // Five of growing size, two of the largest, and the context.
  expect([table.reads, table.rowsRead]).toEqual([8, MANY + 1]);
  const gone = AbortSignal.abort();
  await expect(readStepContext(table, { ...place, signal: gone })).rejects.toBe(gone.reason);
});
