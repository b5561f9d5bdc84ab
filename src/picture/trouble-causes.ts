/** Agents in trouble, folded by cause: kind, code and first line of the message. Pure. */

import { crc32 } from "../model/crc32.ts";
import type { FleetStats } from "../model/event.ts";
import { compareNaturally } from "./agent-order.ts";
import type { AgentPicture } from "./agent-picture.ts";
import { type AgentTrouble, troublesOf } from "./agent-troubles.ts";
import { type Trouble, troubles } from "./trouble.ts";

/** The same trouble with the same cause. */
export interface TroubleCause {
  /** Eight hexadecimal digits that stay the same, whoever has the trouble and whenever. */
  readonly id: string;
  readonly trouble: Trouble;
  /** See {@link AgentTrouble}. */
  readonly code: string;
  /** Of the agent that joined last. */
  readonly message: string;
  /** When the first of these agents got into it, and when it was seen last; milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** The one that joined last comes first; none if the whole fleet is concerned. */
  readonly agents: readonly AgentPicture[];
}

interface Member extends AgentTrouble {
  readonly agent: AgentPicture;
}

/** What needs attention, most urgent first; of one kind the cause with most agents comes first. */
export function causesOf(
  agents: Iterable<AgentPicture>,
  store: FleetStats["store"] | undefined,
  now: number,
): readonly TroubleCause[] {
  const isStoreHealthy = store?.is_healthy ?? true;
  const members = [...agents].flatMap((agent) =>
    troublesOf(agent, now, isStoreHealthy).map((found): Member => ({ ...found, agent })),
  );
  const groups = Map.groupBy(members, (member) => causeKey(member, member.agent.id));
  const causes = [...groups].map(([key, members]) => toCause(key, members));
  if (store !== undefined && !isStoreHealthy) causes.push(storeCause(store, now));
  return causes.sort(compareCauses);
}

export function hasCause(agent: AgentPicture, id: string, now: number): boolean {
  return troublesOf(agent, now).some((found) => idOf(causeKey(found, agent.id)) === id);
}

/** Characters of a message that are read, and of the folded one that count: every troubled agent has one. */
const READ_MAX = 1_000;
const FOLDED_MAX = 500;

/** Messages that differ only in ids and numbers are the same; so are those with the same start. */
export function foldedMessage(message: string, agentId: string): string {
  // More is read than counts: the cut is at the same place whatever the length of the ids before it.
  return withoutId(message.slice(0, READ_MAX), agentId)
    .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/gi, "#")
    .replaceAll(/\b(?=[a-f]*\d)[\da-f]{8,}\b/gi, "#")
    .replaceAll(/\d+(?:[.,]\d+)*/g, "#")
    .slice(0, FOLDED_MAX);
}

/** Only where the id is not a part of another word. */
function withoutId(message: string, id: string): string {
  return message.replaceAll(id, (found, at: number) => {
    const isPart = isWordAt(message, at - 1) || isWordAt(message, at + id.length);
    return isPart ? found : "<agent>";
  });
}

function isWordAt(message: string, at: number): boolean {
  return /[\w-]/.test(message.charAt(at));
}

function causeKey({ trouble, code, message }: AgentTrouble, agentId: string): string {
  return `${trouble}\n${code}\n${foldedMessage(message, agentId)}`;
}

function idOf(key: string): string {
  return crc32(key).toString(16).padStart(8, "0");
}

function toCause(key: string, members: Member[]): TroubleCause {
  members.sort((a, b) => b.since - a.since || compareNaturally(a.agent.id, b.agent.id));
  const [newest] = members as [Member, ...Member[]];
  const { trouble, code, message } = newest;
  return {
    id: idOf(key),
    trouble,
    code,
    message,
    firstSeen: members.reduce((first, { since }) => Math.min(first, since), newest.since),
    lastSeen: members.reduce((latest, { last }) => Math.max(latest, last), newest.last),
    agents: members.map(({ agent }) => agent),
  };
}

function storeCause({ failing_since, error }: FleetStats["store"], now: number): TroubleCause {
  const code = error?.code ?? "";
  return {
    id: idOf(`store\n${code}`),
    trouble: "store",
    code,
    message: error?.message.split("\n", 1)[0] ?? "",
    firstSeen: failing_since ?? now,
    lastSeen: now,
    agents: [],
  };
}

function compareCauses(one: TroubleCause, other: TroubleCause): number {
  const byKind = troubles.indexOf(one.trouble) - troubles.indexOf(other.trouble);
  return byKind || other.agents.length - one.agents.length || (one.id < other.id ? -1 : 1);
}
