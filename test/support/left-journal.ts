/** A journal as an ended process leaves it, made by the journal itself. */

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ActionRow } from "../../src/model/action.ts";
import { ActionJournal } from "../../src/store/journal/action-journal.ts";
import type { JournalDatabase } from "../../src/store/journal/journal-owner.ts";
import type { Ack } from "../../src/store/tables/queue-table.ts";
import { makeTempFolder } from "./temp-folder.ts";

interface LeftActions {
  readonly rows: readonly ActionRow[];
  readonly ends?: readonly Ack[];
  /** The database that the journal notes, if it is not in that one's folder. */
  readonly place?: string;
}

/** One whose journal is at `place`, with an id of its own; undefined: in its own folder. */
export function databaseAt(place: string | undefined, id = place ?? "id"): JournalDatabase {
  return { folder: "local", place, id, findIdAt: async () => undefined };
}

/** The process was killed: all is in SQLite's log, and nothing in the file. */
export async function leaveJournal(folder: string, actions: LeftActions): Promise<void> {
  await using elsewhere = await makeTempFolder();
  const journal = await ActionJournal.open({
    folder: elsewhere.path,
    database: databaseAt(actions.place),
    onStored: () => undefined,
    onFailed: () => undefined,
  });
  await journal.accept(actions.rows, true);
  await journal.end(actions.ends ?? []);
  await mkdir(folder, { recursive: true });
  for (const name of ["journal.sqlite", "journal.sqlite-wal"]) {
    await copyFile(join(elsewhere.path, name), join(folder, name));
  }
  await journal.close();
}
