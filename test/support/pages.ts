/** Reads what is written for users: README.md, and a page of `docs/` for each question. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./tool-source.ts";

/** @param path from the project's root, as `docs/errors.md`. */
export function readPage(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8");
}

type Cells = readonly string[];

/**
 * The rows of the page's table that has this head; each is its cells.
 * @throws {Error} where the page has none.
 */
export function tableIn(path: string, head: Cells): readonly Cells[] {
  const tables = readPage(path).match(/^\|.*(?:\n\|.*)*/gm) ?? [];
  for (const table of tables) {
    const [first = [], , ...rows] = table.split("\n").map(cellsOf);
    if (first.join("|") === head.join("|")) return rows;
  }
  throw new Error(`${path} has no table with the head | ${head.join(" | ")} |`);
}

function cellsOf(line: string): Cells {
  return line
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}
