/**
 * Checks what untyped callers pass to reads: an unknown filter would be ignored, and a list without it taken for
 * a filtered one. The code is that of a server that refuses the same.
 */

import { agentFilterEntries } from "../model/agent-filter.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";

const page: readonly string[] = ["limit", "cursor"];
const steps: readonly string[] = ["agentId", "type", "since", "until"];

/** Options of each read that takes some. */
const known = {
  agentPage: [...agentFilterEntries.map(([name]) => name), "fields", ...page],
  stepPage: ["status", ...page],
  stepSpanPage: [...steps, ...page],
  stepCountPage: [...steps, "bucketMs", "cursor"],
  stepEffectPage: page,
  effectPage: ["agentId", "state", ...page],
  actionPage: ["status", "outcome", "agentId", "action", ...page],
  usage: ["period", "limit"],
} satisfies Readonly<Record<string, readonly string[]>>;

/** @throws {TroupeError} `REQUEST_INVALID` unless all options are known ones. */
export function checkOptions(read: keyof typeof known, given: object): void {
  const names = known[read].join(", ");
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw invalid(`${read} takes an object with ${names}, got ${excerpt(given)}`);
  }
  const isOther = ([name, value]: [string, unknown]) =>
    value !== undefined && !known[read].includes(name);
  const other = Object.entries(given).find(isOther);
  if (other !== undefined) {
    throw invalid(`${read} has no option ${excerpt(other[0])}; known are ${names}`);
  }
}

/** @throws {TroupeError} `REQUEST_INVALID` unless it is text. */
export function textOf(name: string, given: unknown): string {
  if (typeof given === "string") return given;
  throw invalid(`${name} must be text, got ${excerpt(given)}`);
}

/** The number of a step. @throws {TroupeError} `REQUEST_INVALID` unless it is one. */
export function iterationOf(given: unknown): number {
  if (typeof given === "number" && Number.isSafeInteger(given) && given > 0) return given;
  throw invalid(`iteration must be a whole number above 0, got ${excerpt(given)}`);
}

function invalid(message: string): TroupeError {
  return new TroupeError("REQUEST_INVALID", message);
}
