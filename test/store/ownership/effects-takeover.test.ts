/** Effects when another process takes the database over, on an object store. */

import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { acquireLock, type StoreLock } from "../../../src/store/ownership/lock.ts";
import { openStore, type Store } from "../../../src/store/store.ts";
import { ObjectStore } from "../../support/object-store.ts";
import { agentRow, effectRow, stepRow } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

interface Start {
  readonly local: string;
  readonly takesOver?: boolean;
  readonly acksInTable?: boolean;
}

interface Started {
  readonly store: Store;
  readonly lock: StoreLock;
}

async function makePlace() {
  const s3 = await ObjectStore.start();
  const folder = await makeTempFolder();
  const open: AsyncDisposable[] = [folder, s3];
  onTestFinished(async () => {
    for (const each of open.toReversed()) await each[Symbol.asyncDispose]();
  });
  /** As a start of the program claims it. */
  const start = async ({
    local,
    takesOver = false,
    acksInTable = false,
  }: Start): Promise<Started> => {
    const location = "s3://bucket/fleet";
    const journal = { folder: join(folder.path, local), acksInTable };
    const lock = await acquireLock(location, journal.folder, takesOver);
    open.push(lock);
    const claim = { lock, url: `http://${local}:1`, takesOver };
    const store = await openStore({ location, storage: s3.env, janitor: {}, claim, journal });
    open.push(store);
    return { store, lock };
  };
  return { s3, start };
}

test("a process that was taken over from keeps nothing more, and its late commit is void", async () => {
  const { start } = await makePlace();
  const { store: old, lock } = await start({ local: "a" });
  const stored = effectRow({ effect_id: "stored" });
  old.effects.note(stored);
  await old.agents.record(agentRow({ iteration: 1, epoch: old.epoch }), stepRow());
  const kept = effectRow({ effect_id: "kept" });
  await old.effects.keep(kept);

  const { store: own } = await start({ local: "b", takesOver: true });
  // Its handle still knows the version before the takeover.
  old.effects.note(effectRow({ effect_id: "late" }));
  const step = stepRow({ iteration: 2 });
  const refused = { code: "DATABASE_LOST" };
  const recorded = old.agents.record(agentRow({ iteration: 2, epoch: old.epoch }), step);
  await expect(recorded).rejects.toMatchObject(refused);
  await expect(old.effects.keep(effectRow())).rejects.toMatchObject(refused);
  await old.close();
  await lock.release();
  expect((await own.effects.pages.list()).items).toEqual([stored]);

  const mine = effectRow({ effect_id: "mine" });
  own.effects.note(mine);
  await own.agents.record(agentRow({ iteration: 2, epoch: own.epoch }), step);
  await own.close();
  // Its journal still has them.
  const { store: again } = await start({ local: "a", takesOver: true });
  expect(await again.effects.reads.find("kept")).toEqual(kept);
  expect(await again.effects.reads.find("mine")).toEqual(mine);
});

test("with answers from the table alone, the next process has every effect that was kept", async () => {
  const { start } = await makePlace();
  const { store: old } = await start({ local: "a", acksInTable: true });
  const rows = Array.from({ length: 20 }, (_, n) => effectRow({ effect_id: `e${n + 10}` }));
  await Promise.all(rows.map((row) => old.effects.keep(row)));
  const { store: own } = await start({ local: "b", takesOver: true });
  expect(await own.effects.reads.findTurn("agent1", 1)).toEqual(rows);
});

test("a thousand agents that ask at the same moment cost a few requests", async () => {
  const { s3, start } = await makePlace();
  const { store } = await start({ local: "a" });
  const agents = Array.from({ length: 1_000 }, (_, n) => `agent${n}`);
  for (const agent_id of agents) store.effects.note(effectRow({ agent_id, turn: 1 }));
  await store.agents.record(agentRow({ iteration: 1, epoch: store.epoch }), stepRow());
  const before = s3.requests;
  const found = await Promise.all(agents.map((id) => store.effects.reads.findTurn(id, 1)));
  expect(found.flat().map(({ agent_id }) => agent_id)).toEqual(agents);
  expect(s3.requests - before).toBeLessThan(100);
});
