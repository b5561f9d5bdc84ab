/** The times of which something is known completely, as a sorted list of times that do not touch. Pure. */

import type { ShownTime } from "./timeline-view.ts";

export function withTime(known: readonly ShownTime[], added: ShownTime): readonly ShownTime[] {
  if (added.until <= added.since) return known;
  const apart = known.filter(({ since, until }) => until < added.since || since > added.until);
  const touching = known.filter((one) => !apart.includes(one));
  const since = Math.min(added.since, ...touching.map((one) => one.since));
  const until = Math.max(added.until, ...touching.map((one) => one.until));
  return [...apart, { since, until }].sort((one, other) => one.since - other.since);
}

/** The parts of a time of which something is not known, in order. */
export function unknownParts(
  known: readonly ShownTime[],
  { since, until }: ShownTime,
): readonly ShownTime[] {
  const parts: ShownTime[] = [];
  let from = since;
  for (const one of known) {
    if (one.since > from) parts.push({ since: from, until: Math.min(one.since, until) });
    from = Math.max(from, one.until);
    if (from >= until) return parts;
  }
  parts.push({ since: from, until });
  return parts;
}

/** The part of a time from its first unknown moment to its last one; undefined if all is known. */
export function unknownPart(
  known: readonly ShownTime[],
  { since, until }: ShownTime,
): ShownTime | undefined {
  let [from, to] = [since, until];
  for (const one of known) if (one.since <= from && one.until > from) from = one.until;
  for (const one of known.toReversed()) if (one.until >= to && one.since < to) to = one.since;
  return from < to ? { since: from, until: to } : undefined;
}

export function isKnown(known: readonly ShownTime[], { since, until }: ShownTime): boolean {
  return known.some((one) => one.since <= since && one.until >= until);
}

/** Without what was before this time. */
export function knownSince(known: readonly ShownTime[], time: number): readonly ShownTime[] {
  return known
    .filter(({ until }) => until > time)
    .map(({ since, until }) => ({ since: Math.max(since, time), until }));
}
