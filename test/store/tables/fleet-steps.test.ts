/** Steps of all agents on the time axis: one by one, and counted. */

import { connect } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import { AGENT_ID_MAX } from "../../../src/model/ids.ts";
import { NOBODY } from "../../../src/model/rows/supervisors-row.ts";
import type { WholeStepRow } from "../../../src/model/step.ts";
import type { StepCount } from "../../../src/model/step-span.ts";
import { encodeRow, toArrow } from "../../../src/store/lance/codec.ts";
import { PAGE_BYTES_MAX } from "../../../src/store/tables/action-pages.ts";
import { COUNTED_STEPS_MAX } from "../../../src/store/tables/fleet-steps.ts";
import { inPages } from "../../support/in-pages.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { openSample, type SampleStore } from "../sample-store.ts";
import { addSteps } from "./counted-table.ts";

/** Steps that end when their ids are made, as real ones do. */
const now = Date.now();

async function recordAll(
  { store }: SampleStore,
  steps: readonly WholeStepRow[],
  types: Readonly<Record<string, string>> = {},
): Promise<void> {
  const records = steps.map((step) => {
    const { agent_id, iteration, epoch } = step;
    const row = agentRow({ agent_id, iteration, epoch, agent_type: types[agent_id] ?? "joke" });
    return store.agents.record(row, step);
  });
  await Promise.all(records);
}

const step = (agent_id: string, iteration: number, at: number, given: Partial<WholeStepRow> = {}) =>
  stepRow({ agent_id, iteration, started_at: now + at, ended_at: now + at + 100, ...given });

test("list has the steps of all agents that overlap a time, newest first, without their texts", async () => {
  await using sample = await openSample();
  await recordAll(sample, [
    step("a", 1, 0, { result: "tea", context: "{}" }),
    step("b", 1, 50, { status: "error", error: { code: "X", message: "m" } }),
    step("a", 2, 200, { guidance_used: ["g1"], generation: 2 }),
    step("a", 3, 400, { guidance_used: null }),
  ]);
  const { items } = await sample.store.fleetSteps.list({ since: now + 101, until: now + 400 });
  expect(items.map(({ agent_id, iteration }) => [agent_id, iteration])).toEqual([
    ["a", 2],
    ["b", 1],
  ]);
  expect(items[0]).toEqual({
    step_id: items[0]?.step_id,
    ...{ agent_id: "a", generation: 2, iteration: 2, status: "ok", is_guided: true },
    ...{ model: null, input_tokens: null, output_tokens: null },
    ...{ started_at: now + 200, ended_at: now + 300 },
  });
  const all = await sample.store.fleetSteps.list();
  expect(all.items.map(({ is_guided }) => is_guided)).toEqual([false, true, false, false]);
});

test("list filters by agent and type, and continues by its cursor", async () => {
  await using sample = await openSample();
  const steps = Array.from({ length: 9 }, (_, n) => step(n % 3 === 0 ? "a" : "b", n + 1, n));
  await recordAll(sample, steps, { b: "poet" });
  const { fleetSteps: spans } = sample.store;
  expect((await spans.list({ agentId: "a" })).items.map(({ iteration }) => iteration)).toEqual([
    7, 4, 1,
  ]);
  expect((await spans.list({ type: "nothing" })).items).toEqual([]);
  const read = await inPages(4, (page) => spans.list({ type: "poet", ...page }));
  expect(read.map(({ iteration }) => iteration)).toEqual([9, 8, 6, 5, 3, 2]);
  await expect(spans.list({ cursor: "x" })).rejects.toMatchObject({ code: "CURSOR_INVALID" });
});

test("count adds up outcomes by agent and bucket, and how long the agent was in a step", async () => {
  await using sample = await openSample();
  const start = now - (now % 1_000);
  const at = (from: number, to: number) => ({ started_at: start + from, ended_at: start + to });
  await recordAll(sample, [
    step("a", 1, 0, at(100, 400)),
    step("a", 2, 0, { ...at(500, 2_250), status: "error" }),
    step("b", 1, 0, { ...at(2_100, 2_100), status: "aborted" }),
    step("b", 2, 0, at(2_900, 3_500)),
  ]);
  const time = { since: start, until: start + 3_000, bucketMs: 1_000 };
  const { items, next_cursor } = await sample.store.fleetSteps.count(time);
  const cells = items.map(({ agent_id, at: from, ...counts }) => [agent_id, from - start, counts]);
  expect(next_cursor).toBeNull();
  expect(cells.sort()).toEqual([
    ["a", 0, { ok: 1, error: 0, aborted: 0, busy_ms: 800 }],
    ["a", 1_000, { ok: 0, error: 0, aborted: 0, busy_ms: 1_000 }],
    ["a", 2_000, { ok: 0, error: 1, aborted: 0, busy_ms: 250 }],
    // The last one ended after the time: only its part in it counts.
    ["b", 2_000, { ok: 0, error: 0, aborted: 1, busy_ms: 100 }],
  ]);
});

test("a page of counts reads a limited number of steps; the pages together have each step once", async () => {
  await using sample = await openSample();
  const steps = COUNTED_STEPS_MAX + 2_500;
  const ends = Array.from({ length: steps }, (_, n) => step("a", n + 1, n - steps));
  await addSteps(sample, ends);
  const time = { since: now - 2 * steps, until: now + 1_000, bucketMs: 1_000 };
  const first = await sample.store.fleetSteps.count(time);
  expect(okOf(first.items)).toBe(COUNTED_STEPS_MAX);
  const second = await sample.store.fleetSteps.count({ ...time, cursor: first.next_cursor ?? "" });
  expect(okOf(second.items)).toBe(2_500);
  expect(second.next_cursor).toBeNull();
});

test("a page of counts has less than 4 MiB, and the next one continues after its last step", async () => {
  await using sample = await openSample();
  const BUCKETS = 2_000;
  const ids = Array.from({ length: 40 }, (_, n) => `${n}`.padStart(AGENT_ID_MAX, "a"));
  const long = { started_at: now - BUCKETS, ended_at: now - 1 };
  await addSteps(
    sample,
    ids.map((id) => step(id, 1, 0, long)),
  );
  const time = { since: now - BUCKETS, until: now, bucketMs: 1 };
  const pages: (readonly StepCount[])[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await sample.store.fleetSteps.count({ ...time, ...(cursor && { cursor }) });
    expect(JSON.stringify(page).length).toBeLessThan(PAGE_BYTES_MAX);
    pages.push(page.items);
    cursor = page.next_cursor;
  }
  expect(pages.length).toBeGreaterThan(2);
  const busyMs = pages.flat().reduce((sum, { busy_ms }) => sum + busy_ms, 0);
  expect([okOf(pages.flat()), busyMs]).toEqual([ids.length, ids.length * (BUCKETS - 1)]);
});

test("times that cannot have a step, and too many buckets, are refused with what was expected", async () => {
  await using sample = await openSample();
  const { fleetSteps: spans } = sample.store;
  await expect(spans.list({ since: 5, until: 5 })).rejects.toMatchObject({
    code: "STEP_TIME_INVALID",
    message: "since must be earlier than until, got since 5 and until 5",
  });
  await expect(spans.count({ since: 0, until: 1e6, bucketMs: 499 })).rejects.toMatchObject({
    code: "STEP_TIME_INVALID",
    message: expect.stringContaining("bucket_ms must be at least 500"),
  });
});

test("steps that a replaced process stored are left out once a later epoch has their iteration", async () => {
  await using sample = await openSample();
  const claim = encodeRow("supervisors", { ...NOBODY, epoch: 2 });
  const connection = await connect(sample.location);
  await connection.createTable("supervisors", await toArrow("supervisors", [claim]));
  await recordAll(sample, [step("a", 1, 0), step("a", 2, 200)]);
  await recordAll(sample, [step("a", 2, 300, { epoch: 2 }), step("a", 3, 500, { epoch: 2 })]);
  const { items } = await sample.store.fleetSteps.list();
  expect(items.map(({ started_at }) => started_at - now)).toEqual([500, 300, 0]);
  const counted = await sample.store.fleetSteps.count({
    since: now,
    until: now + 1e6,
    bucketMs: 1e6,
  });
  expect(okOf(counted.items)).toBe(3);
});

function okOf(counts: readonly StepCount[]): number {
  return counts.reduce((sum, { ok }) => sum + ok, 0);
}
