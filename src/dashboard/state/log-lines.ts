/** The log lines that the page keeps of one agent. Pure. */

import type { LogLine } from "../../model/agent-inside.ts";
import { LOG_LINES_KEPT_MAX } from "../../model/limits.ts";

/** Both lists, each line once, oldest first; the newest if there are too many. */
export function mergeLines(
  known: readonly LogLine[],
  added: readonly LogLine[],
): readonly LogLine[] {
  const last = known.at(-1)?.n ?? 0;
  const [first] = added;
  // The usual case: the next lines.
  if (first === undefined) return known;
  if (first.n > last) return [...known, ...added].slice(-LOG_LINES_KEPT_MAX);
  const byNumber = new Map([...known, ...added].map((line) => [line.n, line]));
  return [...byNumber.values()].sort((a, b) => a.n - b.n).slice(-LOG_LINES_KEPT_MAX);
}

/** True if every word is in the line, whatever its case. */
export function matchesLine({ level, message, fields }: LogLine, query: string): boolean {
  const text = `${level} ${message} ${fields === null ? "" : JSON.stringify(fields)}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
