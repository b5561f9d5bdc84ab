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

/**
 * The number that a source file gives to a constant or to a property of this name.
 * @throws {Error} if it gives none.
 */
export function sourceNumber(path: string, name: string): number {
  const [, product] = new RegExp(`\\b${name}(?: =|:) ([\\d_ *-]+)[,;]`).exec(readPage(path)) ?? [];
  if (product === undefined) throw new Error(`${path} has no number ${name}`);
  const [first = "", ...last] = product.replaceAll("_", "").split(" - ");
  return last.reduce((left, text) => left - productOf(text), productOf(first));
}

/** A number, a product or a power, as sources write sizes. */
function productOf(text: string): number {
  const factors = text.split(/ \* (?!\*)/).map((factor) => {
    const [base = "", power = "1"] = factor.split(" ** ");
    return Number(base) ** Number(power);
  });
  return factors.reduce((product, factor) => product * factor, 1);
}
