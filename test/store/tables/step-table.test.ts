/** Steps as they are read: pages back in time, and forward from a cursor. */

import { connect } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import { NOBODY } from "../../../src/model/rows/supervisors-row.ts";
import { listedStep } from "../../../src/model/step.ts";
import { encodeRow, toArrow } from "../../../src/store/lance/codec.ts";
import { inPages } from "../../support/in-pages.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";

test("list pages back through one agent's steps", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const rows = Array.from({ length: 7 }, (_, number) =>
    stepRow({ iteration: number + 1, error: { code: "X", message: "m" }, input_tokens: 5 }),
  );
  for (const row of rows) void agents.record(agentRow(), row);
  await agents.record(agentRow({ agent_id: "other" }), stepRow({ agent_id: "other" }));
  const first = await steps.list("agent1", { limit: 4 });
  expect(first.items).toEqual(rows.slice(3).reverse().map(listedStep));
  const second = await steps.list("agent1", { limit: 4, cursor: first.next_cursor ?? "" });
  const rest = rows.slice(0, 3).reverse().map(listedStep);
  expect(second).toEqual({ items: rest, next_cursor: null });
  await expect(steps.list("agent1", { cursor: "[]" })).rejects.toMatchObject({
    code: "CURSOR_INVALID",
  });
});

test("listSince returns steps after the cursor, once, oldest first", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  await agents.record(agentRow(), stepRow());
  const start = await steps.listSince({ agentId: "agent1" });
  expect(start.items).toEqual([]);
  const [a, b] = [stepRow({ iteration: 2 }), stepRow({ iteration: 3 })];
  const elsewhere = stepRow({ agent_id: "other" });
  await Promise.all([
    agents.record(agentRow(), a),
    agents.record(agentRow(), b),
    agents.record(agentRow({ agent_id: "other" }), elsewhere),
  ]);
  const next = await steps.listSince({ agentId: "agent1", cursor: start.cursor });
  expect(next.items).toEqual([a, b].map(listedStep));
  const all = await steps.listSince({ cursor: start.cursor });
  expect(all.items).toEqual([a, b, elsewhere].map(listedStep));
  expect(await steps.listSince({ cursor: all.cursor })).toEqual({ items: [], cursor: all.cursor });
});

test("expire deletes steps by the time they ended", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  await Promise.all([
    agents.record(agentRow(), stepRow({ ended_at: 10 })),
    agents.record(agentRow(), stepRow({ ended_at: 20 })),
  ]);
  expect(await steps.expire(20)).toBe(1);
  expect((await steps.list("agent1")).items).toMatchObject([{ ended_at: 20 }]);
});

test("steps that a replaced process stored are left out once a later epoch has their iteration", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const claim = encodeRow("supervisors", { ...NOBODY, epoch: 3 });
  const connection = await connect(sample.location);
  await connection.createTable("supervisors", await toArrow("supervisors", [claim]));
  const step = (iteration: number, epoch: number) => {
    const row = stepRow({ iteration, epoch });
    return agents.record(agentRow({ iteration, epoch }), row).then(() => row);
  };
  const first = await step(1, 1);
  const start = await steps.listSince({ agentId: "agent1" });
  const both = [await step(2, 1), await step(3, 1)];
  const alone = await step(4, 1);
  const again = [await step(2, 2), await step(3, 3)];
  // The same iteration of another agent counts.
  await agents.record(
    agentRow({ agent_id: "other" }),
    stepRow({ agent_id: "other", iteration: 2 }),
  );
  expect(both).toHaveLength(again.length);
  const counted = [first, alone, ...again].reverse().map(listedStep);
  expect((await steps.list("agent1")).items).toEqual(counted);
  const since = await steps.listSince({ agentId: "agent1", cursor: start.cursor });
  expect(since.items).toEqual([alone, ...again].map(listedStep));
  expect(await inPages(1, (page) => steps.list("agent1", page))).toEqual(counted);
});

test("the context after a step is that of the newest change up to it", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const row = agentRow({ iteration: 5, context: '{"n":4}' });
  const contexts = [null, '{"n":2}', null, '{"n":4}', null];
  for (const [at, context] of contexts.entries()) {
    void agents.record(row, stepRow({ iteration: at + 1, context, ended_at: at + 1 }));
  }
  await agents.record(
    agentRow({ agent_id: "other" }),
    stepRow({ agent_id: "other", iteration: 3, context: '{"n":99}' }),
  );
  const at = async (iteration: number) => {
    const { from_iteration, context } = await steps.contextAt(row, iteration);
    return [from_iteration, context];
  };
  expect(await at(2)).toEqual([2, { n: 2 }]);
  expect(await at(3)).toEqual([2, { n: 2 }]);
  expect(await at(5)).toEqual([4, { n: 4 }]);
  const unknown = { code: "STEP_NOT_FOUND" };
  await expect(steps.contextAt(row, 1)).rejects.toMatchObject(unknown);
  await expect(steps.contextAt(row, 6)).rejects.toMatchObject({
    ...unknown,
    message: 'nothing is known of "agent1" after step 6: its last step is 5',
  });
  // A row that is older than its steps.
  expect(await steps.contextAt({ ...row, iteration: 2 }, 4)).toMatchObject({ from_iteration: 4 });
});

test("the context of an agent that never changed it is its own, as far back as steps are kept", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const row = agentRow({ iteration: 3, context: '{"n":0}' });
  for (const iteration of [1, 2, 3]) {
    await agents.record(row, stepRow({ iteration, context: null, ended_at: iteration }));
  }
  await steps.expire(2);
  const expected = { agent_id: "agent1", iteration: 2, from_iteration: null, context: { n: 0 } };
  expect(await steps.contextAt(row, 2)).toEqual(expected);
});

test("the context of a step that a replaced process stored does not count", async () => {
  await using sample = await openSample();
  const { agents, steps } = sample.store;
  const claim = encodeRow("supervisors", { ...NOBODY, epoch: 2 });
  const connection = await connect(sample.location);
  await connection.createTable("supervisors", await toArrow("supervisors", [claim]));
  const row = agentRow({ iteration: 3, epoch: 2 });
  const record = (iteration: number, epoch: number, context: string | null) =>
    agents.record(row, stepRow({ iteration, epoch, context }));
  await record(1, 1, '{"n":1}');
  for (let late = 0; late < 20; late++) await record(2, 1, '{"n":"late"}');
  await record(2, 2, null);
  await record(3, 2, null);
  expect(await steps.contextAt(row, 3)).toMatchObject({ from_iteration: 1, context: { n: 1 } });
});
