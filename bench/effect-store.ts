/** What the store takes of effects: alone, and with the steps that they belong to. */

import { join } from "node:path";
import { openStore, type Store } from "../src/store/store.ts";
import { agentRow, effectRow, stepRow } from "../test/support/sample-rows.ts";
import { makeTempFolder } from "../test/support/temp-folder.ts";
import { repeat } from "./measured-queue.ts";
import { percentile } from "./report.ts";

const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);
const AGENTS = 500;
/** Rounds with and without effects, one after the other, so that the machine's moods meet both. */
const ROUNDS = 4;

export interface KeepFigures {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** By one caller and by many: each stores the start of an effect and then its end. */
export async function measureKeeps(callers: number, acksInTable = false): Promise<KeepFigures> {
  return await withStore(acksInTable, async ({ effects }) => {
    const took: number[] = [];
    const keep = async (row: Parameters<typeof effects.keep>[0]) => {
      const begun = performance.now();
      await effects.keep(row);
      took.push(performance.now() - begun);
    };
    const once = async (caller: number) => {
      const row = effectRow({ agent_id: `agent${caller}` });
      await keep({ ...row, state: "started", value: null, ended_at: null });
      await keep(row);
    };
    await repeat(callers, SECONDS / 5, once);
    took.length = 0;
    const { perSecond } = await repeat(callers, SECONDS, once);
    return { p50Ms: percentile(took, 0.5), p99Ms: percentile(took, 0.99), perSecond };
  });
}

/** Steps a second that agents store, each as soon as its last one is stored. */
export async function measureSteps(): Promise<{
  readonly without: number;
  readonly withNotes: number;
  readonly withKeeps: number;
}> {
  return await withStore(false, async (store) => {
    const found = { without: [] as number[], withNotes: [] as number[], withKeeps: [] as number[] };
    const iterations = new Map<string, number>();
    const step = async (caller: number, effects: "none" | "noted" | "kept") => {
      const agent_id = `agent${caller}`;
      const iteration = (iterations.get(agent_id) ?? 0) + 1;
      iterations.set(agent_id, iteration);
      const effect = effectRow({ agent_id, iteration, turn: iteration });
      if (effects === "noted") store.effects.note(effect);
      if (effects === "kept") await store.effects.keep(effect);
      const stored = Promise.withResolvers<void>();
      const given = { agent_id, iteration };
      const options = { isLazy: true, onAppended: stored.resolve };
      store.agents.record(agentRow(given), stepRow(given), options).catch(stored.reject);
      await stored.promise;
    };
    const measure = async (effects: "none" | "noted" | "kept") =>
      (await repeat(AGENTS, SECONDS / ROUNDS, (caller) => step(caller, effects))).perSecond;
    await measure("none");
    for (let round = 0; round < ROUNDS; round += 1) {
      found.without.push(await measure("none"));
      found.withNotes.push(await measure("noted"));
      found.withKeeps.push(await measure("kept"));
    }
    return {
      without: percentile(found.without, 0.5),
      withNotes: percentile(found.withNotes, 0.5),
      withKeeps: percentile(found.withKeeps, 0.5),
    };
  });
}

/** Milliseconds until a thousand agents, which ask at the same moment, know the effects of their turns. */
export async function measureRecall(): Promise<number> {
  return await withStore(false, async (store) => {
    const agents = Array.from({ length: 1_000 }, (_, n) => `agent${n}`);
    for (const agent_id of agents) {
      for (const key of ["1", "2", "3"]) store.effects.note(effectRow({ agent_id, key, turn: 7 }));
    }
    await store.agents.record(agentRow({ iteration: 1 }), stepRow());
    const begun = performance.now();
    await Promise.all(agents.map((agentId) => store.effects.reads.findTurn(agentId, 7)));
    return performance.now() - begun;
  });
}

async function withStore<T>(acksInTable: boolean, work: (store: Store) => Promise<T>): Promise<T> {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const journal = { folder: location, acksInTable };
  await using store = await openStore({ location, janitor: {}, journal });
  return await work(store);
}
