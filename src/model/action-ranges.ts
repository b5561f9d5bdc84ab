/**
 * The numbers that an action may have, in its row and in a request. Without the rows' schemas, which would make
 * the library's `openQueue` four times as large. Pure.
 */

import { INT32_READ_MAX, TIME_MS_MAX, URGENCY_MAX } from "./limits.ts";
import { areSeconds } from "./plausible-ms.ts";

/** Least and greatest, as the columns of `queue` declare them. */
export const actionRanges = {
  urgency: [-URGENCY_MAX, URGENCY_MAX],
  not_before: [0, TIME_MS_MAX],
  attempts: [0, INT32_READ_MAX],
} as const;

/** Why the column of `queue` cannot have this number; undefined if it can. */
export function findRangeFault(
  name: keyof typeof actionRanges,
  number: unknown,
): string | undefined {
  if (number === null) return undefined;
  const [min, max] = actionRanges[name];
  if (!Number.isSafeInteger(number) || Number(number) < min || Number(number) > max) {
    return `${name} must be a whole number from ${min} to ${max}, got ${String(number)}`;
  }
  if (name !== "not_before" || !areSeconds(Number(number))) return undefined;
  return `not_before must be in milliseconds since the epoch, got ${String(number)}, which are seconds`;
}
