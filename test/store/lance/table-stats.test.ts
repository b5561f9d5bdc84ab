import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

test("the store reports the sizes of its tables, before and after they are compacted", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "troupe");
  await using store = await openStore({ location, janitor: { versionsKeptMs: 0 } });
  const before = await store.stats();
  expect(before.queue).toMatchObject({ rows: 0, bytes: 0, fragments: 0, versions: 1 });
  for (let n = 0; n < 5; n += 1) {
    await store.queue.append([newAction({ id: `${n}`, created_at: n })]);
  }
  const grown = await store.stats();
  expect(grown.queue).toMatchObject({ rows: 5, fragments: 5, versions: 6 });
  expect(store.commits).toEqual({
    queue: 5,
    agents_config: 0,
    agent_state: 0,
    agent_steps: 0,
    agent_effects: 0,
  });
  expect(grown.queue.disk_bytes).toBeGreaterThan(grown.queue.bytes);
  await store.compact();
  const { queue } = await store.stats();
  expect(queue).toMatchObject({ rows: 5, fragments: 1 });
  expect(queue.versions).toBeLessThan(6);
  expect(queue.bytes).toBeLessThan(grown.queue.bytes);
  expect(queue.disk_bytes).toBeLessThan(grown.queue.disk_bytes ?? 0);
});
