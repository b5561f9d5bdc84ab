/** The tables that a journal is in front of, in the process that owns the database: the queue and the effects. */

import { join } from "node:path";
import type { ActionRow } from "../model/action.ts";
import { ActionJournal } from "./journal/action-journal.ts";
import { JournaledQueue } from "./journal/journaled-queue.ts";
import { LeftQueue } from "./journal/left-queue.ts";
import { findDatabaseId } from "./lance/find-database-id.ts";
import type { OpenTables } from "./open-tables.ts";
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
  return new JournaledQueue({
    table,
    versionsFolder,
    journal,
    admit: fence.admitToJournal,
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

type FindAll = (ids: readonly string[]) => Promise<ReadonlyMap<string, ActionRow>>;

/**
 * Closes the effects of entries whose action another process has ended: it took the database over while this
 * journal was in a folder that it could not read, found the action in the table, and stored its effect
 * before its end. To repeat the effect would apply it twice. Must be called before the dispatcher reads the
 * entries. @throws {TroupeError} `STORE_UNAVAILABLE`.
 */
async function closeEndedElsewhere(journal: ActionJournal, findAll: FindAll): Promise<void> {
  const open = journal.ended.filter(({ isEffectOpen }) => isEffectOpen);
  if (open.length === 0) return;
  const found = await findAll(open.map(({ row }) => row.id));
  for (const entry of open) {
    const there = found.get(entry.row.id);
    if (there !== undefined && isEndOfAnother(there, entry.row)) entry.isEffectOpen = false;
  }
}

/** An end that this journal's process has written is the same as the one in the entry. */
function isEndOfAnother(there: ActionRow, here: ActionRow): boolean {
  const isSame = there.created_at === here.created_at;
  return isSame && there.processed && there.processed_at !== here.processed_at;
}
