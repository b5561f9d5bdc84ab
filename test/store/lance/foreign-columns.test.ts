/** Columns that another program adds while tables are in use. */

import { expect, test } from "vitest";
import { agentRow, newAction } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

test("rows are stored in tables to which another program has added a column with a value", async () => {
  await using sample = await openSample();
  const { agents, queue } = sample.store;
  await agents.record(agentRow());
  const states = await openForeign(sample.location, "agent_state");
  const actions = await openForeign(sample.location, "queue");
  for (const table of [states, actions]) {
    await table.addColumns([{ name: "Of their own", valueSql: "'x'" }]);
    expect((await table.schema()).fields.at(-1)?.nullable).toBe(false);
  }
  await agents.record(agentRow({ iteration: 2 }));
  await agents.record(agentRow({ agent_id: "new" }));
  await queue.append([newAction({ id: "a" })]);
  const isStored = (id: string, rest: string) => states.countRows(`agent_id = '${id}' AND ${rest}`);
  expect(await isStored("agent1", "iteration = 2 AND `Of their own` = 'x'")).toBe(1);
  expect(await isStored("new", "`Of their own` IS NULL")).toBe(1);
  expect(await actions.countRows("id = 'a'")).toBe(1);
});
