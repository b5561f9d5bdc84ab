/** `troupe trouble`: what needs attention, by cause, and the command that helps. */

import { setTimeout as delay } from "node:timers/promises";
import type { Fleet } from "../fleet/fleet.ts";
import type { FleetStats } from "../model/event.ts";
import { FleetPicture } from "../picture/fleet-picture.ts";
import { plural } from "../picture/number-text.ts";
import { causesOf, type TroubleCause } from "../picture/trouble-causes.ts";
import {
  causeText,
  timesText,
  troubleAdvice,
  troubleTitle,
  verbOf,
} from "../picture/trouble-text.ts";
import { noteIfIdle, openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import { plainLine } from "./text/plain-text.ts";
import { note, type OutputOptions, paint, print, printJson } from "./text/terminal-output.ts";

/** Longest wait for the figures of the fleet, which a server publishes each second. */
const FIGURES_MS_MAX = 3_000;
/** Agents that are named; JSON has all. */
const NAMED_MAX = 3;

/** `failed` if something needs attention, so that scripts and monitors can branch on it. */
export async function showTrouble(options: FleetOptions & OutputOptions): Promise<ExitCode> {
  await using fleet = await openCommandFleet(options);
  const picture = await readAgents(fleet);
  const store = await readStore(fleet);
  noteIfIdle(fleet, "; only trouble that rows show is listed");
  const causes = causesOf(picture.agents, store, Date.now());
  if (options.output === "json") printJson({ items: causes.map(toJson) });
  else if (causes.length === 0) note(`nothing needs attention: ${plural(picture.size, "agent")}`);
  else for (const cause of causes) printCause(cause, Date.now());
  return causes.length === 0 ? exitCodes.ok : exitCodes.failed;
}

async function readAgents(fleet: Fleet): Promise<FleetPicture> {
  const picture = new FleetPicture();
  const views = await Array.fromAsync(fleet.agents());
  picture.read(views, Date.now());
  return picture;
}

/** Undefined without a server, or if it says nothing in time. */
async function readStore(fleet: Fleet): Promise<FleetStats["store"] | undefined> {
  if (!fleet.sources.some(({ kind }) => kind === "server")) return undefined;
  const ending = new AbortController();
  const isLate = delay(FIGURES_MS_MAX, undefined, { signal: ending.signal });
  isLate.then(
    () => ending.abort(),
    () => undefined,
  );
  try {
    for await (const event of fleet.events({ types: ["fleet.stats"], signal: ending.signal })) {
      if (event.type === "fleet.stats") return event.data.store;
    }
    return undefined;
  } finally {
    ending.abort();
  }
}

function toJson({ id, trouble, code, message, firstSeen, lastSeen, agents }: TroubleCause) {
  return {
    id,
    trouble,
    code,
    message,
    first_seen: firstSeen,
    last_seen: lastSeen,
    agent_ids: agents.map((agent) => agent.id),
  };
}

function printCause(cause: TroubleCause, now: number): void {
  print(`${paint("red", troubleTitle(cause))}, ${timesText(cause, now)}`);
  const below = [causeText(cause), namesOf(cause), troubleAdvice(cause.trouble), commandFor(cause)];
  for (const text of below) if (text !== "") print(`  ${plainLine(text)}`);
}

function namesOf({ agents }: TroubleCause): string {
  const named = agents.slice(0, NAMED_MAX).map(({ id }) => id);
  const more = agents.length - named.length;
  return named.join(", ") + (more === 0 ? "" : ` and ${more} more`);
}

/** For the agent that joined last; the others are in the JSON output. */
function commandFor({ trouble, code, agents: [newest] }: TroubleCause): string {
  if (newest === undefined) return "troupe doctor";
  if (trouble === "memory") return `troupe type set ${code} --memory-mb <mib>`;
  switch (verbOf(trouble)) {
    case "resume":
      return `troupe agent resume ${newest.id}`;
    case "start":
      return `troupe agent create ${newest.id}`;
    case "resolve":
      return `troupe effect list --agent ${newest.id} --state unknown`;
    case "open":
      return `troupe agent show ${newest.id}`;
  }
}
