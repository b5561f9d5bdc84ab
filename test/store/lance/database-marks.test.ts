/** A database knows which shard it is: another start is refused before anything is stored. */

import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Shard } from "../../../src/model/shard.ts";
import { openStore } from "../../../src/store/store.ts";
import { agentRow } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";

const shard = { index: 1, count: 4 };

async function reopen(location: string, named: Shard | null): Promise<void> {
  const store = await openStore({ location, janitor: {}, shard: named });
  await store.close();
}

async function marked(rows: number): Promise<Awaited<ReturnType<typeof openSample>>> {
  const sample = await openSample({ janitor: {}, shard });
  for (let n = 0; n < rows; n += 1) await sample.store.agents.record(agentRow());
  await sample.store.compact();
  await sample.store.close();
  return sample;
}

test.each([
  ["another number of shards", { index: 1, count: 8 }, "shard 1/8 is named"],
  ["another shard", { index: 2, count: 4 }, "shard 2/4 is named"],
  ["no shard", null, "no shard is named"],
])("a start with %s is refused, and nothing changes", async (_name, named, message) => {
  await using sample = await marked(1);
  const { location } = sample;
  const files = async () => (await readdir(location, { recursive: true })).sort();
  const before = await files();
  await expect(reopen(location, named)).rejects.toMatchObject({
    code: "SHARD_MISMATCH",
    message: `database ${location} is shard 1/4, and ${message} (TROUPE_SHARD)`,
  });
  expect(await files()).toEqual(before);
});

test("the same shard opens its database again", async () => {
  await using sample = await marked(1);
  await reopen(sample.location, shard);
});

test("a database without agents becomes a shard; one with agents does not", async () => {
  await using sample = await openSample({ janitor: {} });
  await sample.store.close();
  await reopen(sample.location, shard);
  await expect(reopen(sample.location, null)).rejects.toMatchObject({ code: "SHARD_MISMATCH" });

  await using other = await openSample({ janitor: {} });
  await other.store.agents.record(agentRow());
  await other.store.close();
  await expect(reopen(other.location, shard)).rejects.toMatchObject({
    code: "SHARD_MISMATCH",
    message: expect.stringContaining("has agents and is not a shard of a fleet"),
  });
});

test("a single database is the only shard of a fleet of one", async () => {
  await using sample = await openSample({ janitor: {} });
  await sample.store.agents.record(agentRow());
  await sample.store.close();
  await reopen(sample.location, { index: 0, count: 1 });
});
