/**
 * Effects after a power cut: what the disk has not synced may be lost, also of the journal. Each effect that
 * was kept is there with its value, and so is each that went with a step whose agent's row is stored.
 */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/store.ts";
import { chanceOf } from "../support/chance.ts";
import { freeze } from "../support/power-cut.ts";
import { useSeed } from "../support/seed.ts";
import { buildSyncProbe, notedWrites } from "../support/sync-probe.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { copyAfterPowerCut, SyncedState } from "../support/unsynced-copy.ts";
import { Child } from "./child-process.ts";

/** What a process does until the cut: effects at least, and at most so many more. */
const lives = [
  { kind: "steps", least: 20, more: 200 },
  // Without steps: the table is written, and entries leave the journal, each second.
  { kind: "keeps", least: 1_200, more: 800 },
] as const;
/** Cuts of each kind. */
const CUTS = 2;

const syncLog = fileURLToPath(new URL("../support/sync-log.ts", import.meta.url));

// It stops threads and reads their state as Linux has it.
test.skipIf(process.platform !== "linux").each(lives)(
  "every effect that was kept, or that a stored row builds on, survives power cuts ($kind)",
  async ({ kind, least, more }) => {
    const chance = chanceOf(useSeed());
    await using folder = await makeTempFolder();
    const probe = buildSyncProbe(folder.path);
    let unsynced = 0;
    for (let cut = 0; cut < CUTS; cut++) {
      const [source, target] = [join(folder.path, `${cut}`), join(folder.path, `${cut}-copy`)];
      const [log, writes] = [`${source}.syncs`, `${source}.writes`];
      await mkdir(source);
      await Promise.all([log, writes].map((file) => writeFile(file, "")));
      const synced = SyncedState.of(source);
      await using child = new Child("effects", source, kind, {
        NODE_OPTIONS: `--import ${syncLog}`,
        SYNC_LOG: log,
        ...(probe && notedWrites(probe, writes)),
      });
      await child.printed(least + Math.floor(chance() * more));
      await freeze(child.process.pid ?? 0);
      synced.addLog(log);
      synced.addWrites(writes);
      const damage = copyAfterPowerCut({ source, target, synced, chance });
      unsynced += damage.unsynced;
      await child.kill();
      expect(child.lines.length).toBeGreaterThanOrEqual(least);
      await expectAll(target, child.lines);
      await rm(source, { recursive: true });
    }
    expect(unsynced).toBeGreaterThan(0);
  },
  60_000,
);

async function expectAll(location: string, ids: readonly string[]): Promise<void> {
  const journal = { folder: location, acksInTable: false };
  await using store = await openStore({ location, janitor: {}, journal });
  const found = await Promise.all(ids.map((id) => store.effects.reads.find(id)));
  const missing = ids.filter((_, n) => found[n]?.state !== "done" || found[n]?.value === null);
  expect(missing).toEqual([]);
}
