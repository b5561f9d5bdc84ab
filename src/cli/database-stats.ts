/** `troupe db stats` and `troupe db compact`: the sizes of the tables. */

import type { DatabaseView, TableStats } from "../model/agent-view.ts";
import { bytesText } from "../picture/number-text.ts";
import { relativeTime } from "../picture/time-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import type { Column } from "./text/table.ts";
import { note, type OutputOptions, print, printJson, printTable } from "./text/terminal-output.ts";

type Options = FleetOptions & OutputOptions;

/** Of each shard, if the fleet has several. */
export async function showDatabase(options: Options): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const databases = await fleet.databases();
  const isLeft = databases.some(
    ({ journal }) => journal !== undefined && journal.entries + journal.effects > 0,
  );
  noteIfIdle(fleet, isLeft ? "; the next start brings the journal's rows into the tables" : "");
  const [only] = databases;
  if (fleet.source.kind !== "shards" && only !== undefined) printDatabase(only, options);
  else if (options.output === "json") printJson({ items: databases });
  else for (const database of databases) printShard(database, options);
  return exitCodes.ok;
}

function printShard(database: DatabaseView, options: Options): void {
  print(database.location);
  printDatabase(database, options);
}

/** Prints the tables afterwards, and a note on the gain. */
export async function compact(options: Options): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const before = await fleet.database();
  const after = await fleet.databaseCompact();
  note(`${after.location}: ${diskText(before)} on disk before, ${diskText(after)} now`);
  printDatabase(after, options);
  return exitCodes.ok;
}

function printDatabase(database: DatabaseView, { output }: OutputOptions): void {
  if (output === "json") printJson(database);
  else {
    printTable(tableColumns(Date.now()), rowsOf(database));
    const { journal } = database;
    if (journal !== undefined) {
      const { entries, effects, bytes } = journal;
      note(`journal: ${entries} actions, ${effects} effects, ${bytesText(bytes)} on disk`);
    }
  }
}

interface TableRow extends TableStats {
  readonly name: string;
}

function rowsOf({ tables }: DatabaseView): readonly TableRow[] {
  return Object.entries(tables).map(([name, stats]: [string, TableStats]) => ({ name, ...stats }));
}

function tableColumns(now: number): readonly Column<TableRow>[] {
  const figure = (title: string, cell: (row: TableRow) => string): Column<TableRow> => ({
    title,
    cell,
    align: "right",
  });
  return [
    { title: "table", cell: ({ name }) => name },
    figure("rows", ({ rows }) => String(rows)),
    figure("data", ({ bytes }) => bytesText(bytes)),
    figure("on disk", ({ disk_bytes }) => knownBytes(disk_bytes)),
    figure("fragments", ({ fragments }) => String(fragments)),
    figure("versions", ({ versions }) => String(versions)),
    figure("compacted", ({ compacted_at }) =>
      compacted_at === null ? "–" : relativeTime(compacted_at, now),
    ),
  ];
}

const UNKNOWN = "unknown";

/** Of all tables together. */
function diskText(database: DatabaseView): string {
  const sizes = rowsOf(database).map(({ disk_bytes }) => disk_bytes);
  const isKnown = sizes.every((size) => size !== null);
  return knownBytes(isKnown ? sizes.reduce((sum, size) => sum + size, 0) : null);
}

/** The size of a folder on an object store is unknown. */
function knownBytes(bytes: number | null): string {
  return bytes === null ? UNKNOWN : bytesText(bytes);
}
