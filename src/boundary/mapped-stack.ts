/**
 * Maps stacks from agents' threads: lines of our sources replace those of the built file, which is
 * minified. Main side only. Rejected: source maps in the threads, where each thread that fails would
 * read the map itself, for 50 ms of processor time and more than 1 MiB of its memory.
 */

import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { threadEntry } from "../entry-points.ts";

const file = fileURLToPath(threadEntry);
const place = new RegExp(`${RegExp.escape(file)}:(\\d+):(\\d+)`, "g");

/** Read when a stack first needs it; null if there is none, as in the source tree. */
let map: SourceMap | null | undefined;

export function mapStack(stack: string): string {
  return stack.replace(place, (built, line, column) => {
    map ??= readMap();
    const found = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (found === undefined || !("originalSource" in found)) return built;
    const source = resolve(dirname(file), found.originalSource);
    return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`;
  });
}

function readMap(): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, "utf8")));
  } catch {
    return null;
  }
}
