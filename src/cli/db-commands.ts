/** The commands and flags of `troupe db`. A command's code is loaded when it runs. */

import type { Command } from "commander";
import { addOptions, type Run, readOptions } from "./options.ts";

const loadCommands = () => import("./database-stats.ts");

export function addDatabaseCommands(program: Command, run: Run): void {
  const db = program.command("db").description("inspect and compact the tables of the database");
  const stats = db.command("stats").description("sizes of the tables");
  addOptions(stats, readOptions()).action(run(async () => (await loadCommands()).showDatabase));
  const compact = db
    .command("compact")
    .description("merge the fragments of the tables and remove old versions now");
  addOptions(compact, readOptions()).action(run(async () => (await loadCommands()).compact));
}
