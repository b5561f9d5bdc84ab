/** Stores with a journal, and what tests look at of their effects. */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import type { EffectRow } from "../../src/model/effect.ts";
import { openStore, type Store, type StoreOptions } from "../../src/store/store.ts";
import { effectRow } from "../support/sample-rows.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { openForeign } from "./sample-store.ts";

export interface Opened {
  readonly store: Store;
  readonly location: string;
}

/** With a journal, as the process that owns the database. */
export async function openJournaled({
  acksInTable = false,
  ...options
}: Partial<StoreOptions> & { acksInTable?: boolean } = {}): Promise<Opened> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const journal = { folder: location, acksInTable };
  const store = await openStore({ location, janitor: {}, journal, ...options });
  onTestFinished(async () => {
    await store.close();
    await folder[Symbol.asyncDispose]();
  });
  return { store, location };
}

export const withJournal = (location: string) => ({
  janitor: {},
  journal: { folder: location, acksInTable: false },
});

/** The rows that the table has: effect and state, oldest first. */
export async function inTable(location: string): Promise<readonly string[]> {
  const table = await openForeign(location, "agent_effects");
  const rows: { effect_id: string; state: string }[] = await table.query().toArray();
  table.close();
  return rows.map(({ effect_id, state }) => `${effect_id} ${state}`).sort(byText);
}

function byText(one: string, other: string): number {
  return one.localeCompare(other);
}

export function entriesIn(location: string): number {
  using database = new DatabaseSync(join(location, "journal.sqlite"), { readOnly: true });
  return Number(database.prepare("SELECT count(*) AS n FROM effects").get()?.["n"]);
}

export const started = (effect_id: string, given: Partial<EffectRow> = {}) =>
  effectRow({
    effect_id,
    state: "started",
    value: null,
    ended_at: null,
    ...given,
    agent_id: given.agent_id ?? "agent1",
  });
