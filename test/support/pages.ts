/** Reads what is written for users: README.md, and a page of `docs/` for each question. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./tool-source.ts";

/** @param path from the project's root, as `docs/errors.md`. */
export function readPage(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8");
}

/** The pages of `docs/`; its pictures are in a folder there. */
export const docPages: readonly string[] = readdirSync(join(projectRoot, "docs"))
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

export type Cells = readonly string[];

/**
 * The rows of the page's table that has this head; each is its cells.
 * @throws {Error} if the page has no such table.
 */
export function tableIn(path: string, head: Cells): readonly Cells[] {
  const [, , ...rows] = findTable(readPage(path), head).split("\n").map(cellsOf);
  return rows;
}

/**
 * The text of a page whose table with this head has these rows.
 * @throws {Error} if the page has no such table.
 */
export function withTable(page: string, head: Cells, rows: readonly Cells[]): string {
  const table = findTable(page, head);
  const kept = table.split("\n").slice(0, 2);
  const made = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return page.replace(table, () => [...kept, ...made].join("\n"));
}

function findTable(page: string, head: Cells): string {
  const tables = page.match(/^\|.*(?:\n\|.*)*/gm) ?? [];
  const found = tables.find(
    (table) => cellsOf(table.split("\n", 1)[0] ?? "").join() === head.join(),
  );
  if (found === undefined) throw new Error(`no table has the head | ${head.join(" | ")} |`);
  return found;
}

function cellsOf(line: string): Cells {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
