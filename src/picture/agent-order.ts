/** How lists of agents are sorted and searched. Pure. */

import { type AgentPicture, memoryOf } from "./agent-picture.ts";
import { compareStatus } from "./status-tone.ts";

export const sortKeys = [
  "status",
  "id",
  "subject",
  "iteration",
  "rate",
  "memory",
  "cpu",
  "tokens",
  "cost",
  "updated",
] as const;
export type SortKey = (typeof sortKeys)[number];

type Compare = (one: AgentPicture, other: AgentPicture) => number;

const collator = new Intl.Collator("en", { numeric: true });

/** The order in which people expect ids: agent9 before agent10. */
export function compareNaturally(a: string, b: string): number {
  return collator.compare(a, b);
}

/** Ties are broken by id, so that lines do not change places without a reason. */
export function compareAgents(sort: SortKey, isDescending: boolean, now: number): Compare {
  const compare = comparers(now)[sort];
  const sign = isDescending ? -1 : 1;
  return (one, other) => sign * compare(one, other) || byId(one, other);
}

/** True for figures: people look for their largest values. */
export function isLargeFirst(key: SortKey): boolean {
  return ["iteration", "rate", "memory", "cpu", "tokens", "cost", "updated"].includes(key);
}

/** Accepts agents that have each word of the search in id, type, subject, last result or error. */
export function searchFor(search: string): (agent: AgentPicture) => boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (agent) => {
    if (words.length === 0) return true;
    const { id, type, subject, result, error } = agent;
    const failed = `${error?.code ?? ""} ${error?.details?.["last"] ?? ""} ${error?.message ?? ""}`;
    const text = `${id}\n${type}\n${subject ?? ""}\n${result ?? ""}\n${failed}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

const byId: Compare = (one, other) => collator.compare(one.id, other.id);

function comparers(now: number): Readonly<Record<SortKey, Compare>> {
  const byNumber =
    (of: (agent: AgentPicture) => number | null | undefined): Compare =>
    (one, other) =>
      (of(one) ?? -1) - (of(other) ?? -1);
  return {
    id: byId,
    status: (one, other) => compareStatus(one.status, other.status),
    subject: (one, other) => collator.compare(one.subject ?? "", other.subject ?? ""),
    iteration: byNumber(({ iteration }) => iteration),
    rate: byNumber(({ rate }) => rate.perMinute(now)),
    memory: byNumber(memoryOf),
    cpu: byNumber(({ cpuShare }) => cpuShare),
    tokens: byNumber(({ tokens }) => tokens),
    cost: byNumber(({ costUsd }) => costUsd),
    updated: byNumber(({ updatedAt }) => updatedAt),
  };
}
