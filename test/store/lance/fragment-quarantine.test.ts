/** Pieces of a table that cannot be read: they are taken out and kept, and everything else goes on. */

import { readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { agentRow, newAction } from "../../support/sample-rows.ts";
import { until } from "../../support/until.ts";
import { openSample } from "../sample-store.ts";

const breaks: readonly (readonly [string, (path: string) => Promise<void>])[] = [
  ["empty", (path) => truncate(path, 0)],
  ["missing", (path) => rm(path)],
];

test.each(breaks)("a data file that is %s costs its rows and nothing else", async (_, breakIt) => {
  const janitor = {
    commitsMax: {
      queue: 99,
      agent_state: 99,
      agent_steps: 99,
      agent_effects: 99,
      agents_config: 99,
      supervisors: 99,
    },
  };
  await using sample = await openSample({ janitor });
  const { queue } = sample.store;
  const data = join(sample.location, "queue.lance/data");
  await queue.append([newAction({ id: "before" })]);
  const whole = new Set(await readdir(data));
  await queue.append([newAction({ id: "lost" })]);
  const [broken = ""] = (await readdir(data)).filter((name) => !whole.has(name));
  await queue.append([newAction({ id: "after" })]);
  await breakIt(join(data, broken));
  await expect(queue.findPending({ now: 1, limit: 10 })).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  expect(sample.store.health.isWritable).toBe(false);
  await until(() => sample.store.setAside.rows === 1);
  const pending = await queue.findPending({ now: 1, limit: 10 });
  expect(pending.map(({ id }) => id)).toEqual(["after", "before"]);
  expect(sample.store.health.isWritable).toBe(true);
  expect(sample.store.setAside).toEqual({ fragments: 1, rows: 1 });
});

test("a start sets aside a data file that a power cut damaged", async () => {
  await using sample = await openSample();
  const data = join(sample.location, "agent_state.lance/data");
  await sample.store.agents.record(agentRow({ agent_id: "lost" }));
  const [broken = ""] = await readdir(data);
  await sample.store.agents.record(agentRow({ agent_id: "kept" }));
  await truncate(join(data, broken), 0);
  await using again = await openStore({ location: sample.location, janitor: {} });
  expect(again.setAside).toEqual({ fragments: 1, rows: 1 });
  expect((await again.agents.loadAlive()).map(({ agent_id }) => agent_id)).toEqual(["kept"]);
});
