/** The tables that a journal is in front of, in the process that owns the database: the queue and the effects. */

import { join } from "node:path";
import { ActionJournal } from "./journal/action-journal.ts";
import { closeEndedElsewhere } from "./journal/ended-elsewhere.ts";
import { LeftQueue } from "./journal/left-queue.ts";
import { findDatabaseId } from "./lance/find-database-id.ts";
import type { OpenTables } from "./open-tables.ts";
import { OwnedQueue } from "./owned-queue.ts";
import { journalPlace, localFolder } from "./ownership/location.ts";
import type { StoreOptions } from "./store-options.ts";
import type { StorePace } from "./store-pace.ts";
import { EffectTable } from "./tables/effect-table.ts";
import { QueueTable } from "./tables/queue-table.ts";

export interface JournaledParts extends OpenTables {
  readonly journal: ActionJournal | undefined;
}

/** @throws {TroupeError} `DATABASE_UNUSABLE`, `DATABASE_NEWER`, `JOURNAL_DAMAGED`, `JOURNAL_MISMATCH`, `STORE_UNAVAILABLE`. */
export async function openJournal(
  { location, storage, journal }: StoreOptions,
  { id, health, tables }: OpenTables,
): Promise<ActionJournal | undefined> {
  if (journal === undefined) return undefined;
  const { folder } = journal;
  const opened = await ActionJournal.open({
    folder,
    database: {
      folder,
      place: journalPlace(folder, location),
      id,
      findIdAt: (place) => findDatabaseId(place, storage),
    },
    onStored: () => health.stored("journal"),
    onFailed: (error) => health.failed("journal", error),
  });
  const table = new QueueTable(tables.queue, undefined);
  try {
    await closeEndedElsewhere(opened, (ids) => table.findAll(ids));
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

export function makeQueue(
  { journal, tables, fence }: JournaledParts,
  options: StoreOptions,
): QueueTable {
  const { queue: table, agents } = tables;
  const folder = localFolder(options.location);
  const versionsFolder = folder && join(folder, "queue.lance", "_versions");
  if (options.left !== undefined) return new LeftQueue(table, versionsFolder, options.left);
  if (journal === undefined) return new QueueTable(table, versionsFolder);
  return new OwnedQueue(fence.admitToJournal, {
    table,
    versionsFolder,
    journal,
    acksInTable: options.journal?.acksInTable === true,
    tableAckMsMax: options.journal?.tableAckMsMax,
    syncAgents: () => agents.sync(),
  });
}

export function makeEffects(
  { journal, tables, fence }: JournaledParts,
  { left, journal: options }: StoreOptions,
  { lazyMs }: StorePace,
): EffectTable {
  return new EffectTable(tables.effects, {
    journal: journal?.effects,
    acksInTable: options?.acksInTable === true,
    admit: fence.admitToJournal,
    lazyMs,
    findLeft: left && (() => left.effects()),
  });
}
