/** Real faults of a database folder: what is recorded meanwhile is kept, stored once, and told. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { listedStep } from "../../src/model/step.ts";
import type { Store } from "../../src/store/store.ts";
import { type Break, block, moveAway } from "../support/break.ts";
import { agentRow, effectRow, stepRow } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";
import { openSample } from "./sample-store.ts";

const faults: readonly (readonly [string, Break])[] = [
  ["the steps' data folder refuses writes", (at) => block(join(at, "agent_steps.lance/data"))],
  ["the effects' data folder refuses writes", (at) => block(join(at, "agent_effects.lance/data"))],
  ["the effects' versions are gone", (at) => moveAway(join(at, "agent_effects.lance/_versions"))],
  ["the states' data folder refuses writes", (at) => block(join(at, "agent_state.lance/data"))],
  ["the steps' versions are gone", (at) => moveAway(join(at, "agent_steps.lance/_versions"))],
  ["the states' versions are gone", (at) => moveAway(join(at, "agent_state.lance/_versions"))],
  ["commits are refused", (at) => block(join(at, "agent_steps.lance/_transactions"))],
  ["the whole folder is gone", (at) => moveAway(at)],
];

interface Told {
  readonly level: "info" | "warn";
  readonly message: string;
}

test.each(faults)(
  "while %s, records wait, and are stored once when it ends",
  async (_, breakIt) => {
    const told: Told[] = [];
    const log = {
      debug: () => undefined,
      info: (_fields: object, message: string) => told.push({ level: "info", message }),
      warn: (_fields: object, message: string) => told.push({ level: "warn", message }),
    };
    await using sample = await openSample({ log });
    const { store } = sample;
    await record(store, 1);
    expect(store.health).toEqual({ isWritable: true, since: null, error: null });

    const mend = await breakIt(sample.location);
    const records = [2, 3, 4].map((iteration) => record(store, iteration));
    await until(() => !store.health.isWritable);
    records.push(record(store, 5));
    expect(store.health).toMatchObject({
      since: expect.any(Number),
      error: { code: "STORE_UNAVAILABLE" },
    });
    await mend();

    await Promise.all(records);
    expect(store.health.isWritable).toBe(true);
    expect(await store.agents.find("agent1")).toMatchObject({ iteration: 5 });
    const { items } = await store.steps.list("agent1");
    expect(items.map(({ iteration }) => iteration).reverse()).toEqual([1, 2, 3, 4, 5]);
    const effects = await store.effects.pages.list();
    expect(effects.items.map(({ iteration }) => iteration).reverse()).toEqual([1, 2, 3, 4, 5]);
    expect(told).toEqual([
      { level: "warn", message: "the database takes no writes; they are retried" },
      { level: "info", message: "the database takes writes again" },
    ]);
  },
);

test("a step that was stored although its append failed is not stored again", async () => {
  await using sample = await openSample();
  const { store } = sample;
  const step = stepRow({ iteration: 1 });
  await store.agents.record(agentRow(), step);
  const mend = await block(join(sample.location, "agent_steps.lance/data"));
  const again = store.agents.record(agentRow({ iteration: 1 }), step);
  await until(() => !store.health.isWritable);
  await mend();
  await again;
  expect((await store.steps.list("agent1")).items).toEqual([listedStep(step)]);
});

test("a store that is closed during a fault gives up writes that it cannot store", async () => {
  await using sample = await openSample();
  const { store } = sample;
  await record(store, 1);
  const mend = await block(join(sample.location, "agent_state.lance/data"));
  const lost = expect(record(store, 2)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  store.stopRetryingAfter(0);
  await store.close();
  await lost;
  await mend();
});

/** A step with an effect. */
async function record(store: Store, iteration: number): Promise<void> {
  store.effects.note(effectRow({ iteration }));
  await store.agents.record(agentRow({ iteration }), stepRow({ iteration }));
}
