/** Old rows go, young ones and those that wait stay, and where nothing is old nothing is written. */

import { expect, test } from "vitest";
import { agentRow, newAction, stepRow } from "../../support/sample-rows.ts";
import { countVersions, openSample } from "../sample-store.ts";

const HOUR_MS = 3_600_000;

test("rows older than the retention are deleted when the store opens", async () => {
  await using sample = await openSample();
  const { store, location } = sample;
  const old = Date.now() - 2 * HOUR_MS;
  await store.queue.append(["old", "young", "waiting"].map((id) => newAction({ id })));
  const done = { outcome: "done", error: null, attempts: 1 } as const;
  await store.queue.ack([{ id: "old", ...done, processed_at: old }]);
  await store.queue.ack([{ id: "young", ...done, processed_at: Date.now() }]);
  await store.agents.record(agentRow(), stepRow({ step_id: "1", ended_at: old }));
  await store.agents.record(agentRow(), stepRow({ step_id: "2", ended_at: Date.now() }));
  await using again = await openAgain(location);
  await again.swept;
  expect(await store.queue.find("old")).toBeUndefined();
  expect((await store.queue.list()).items.map(({ id }) => id).toSorted()).toEqual([
    "waiting",
    "young",
  ]);
  expect((await store.steps.list("agent1")).items.map((step) => step.step_id)).toEqual(["2"]);
  expect(await store.agents.find("agent1")).toBeDefined();
});

test("nothing is written if nothing is too old", async () => {
  await using sample = await openSample();
  await sample.store.queue.append([newAction()]);
  const before = await countVersions(sample.location, "queue");
  const again = await openAgain(sample.location);
  await again[Symbol.asyncDispose]();
  expect(await countVersions(sample.location, "queue")).toBe(before);
});

/** Opens the database once more, as the process that keeps it tidy; `swept` tells of both tables. */
async function openAgain(location: string) {
  const { openStore } = await import("../../../src/store/store.ts");
  const swept = Promise.withResolvers<void>();
  const seen = new Set<unknown>();
  const store = await openStore({
    location,
    keptMs: HOUR_MS,
    log: {
      debug: () => undefined,
      warn: () => undefined,
      info: ({ table }: { table?: unknown }) => {
        seen.add(table);
        if (seen.size === 2) swept.resolve();
      },
    },
  });
  return { swept: swept.promise, [Symbol.asyncDispose]: () => store.close() };
}
