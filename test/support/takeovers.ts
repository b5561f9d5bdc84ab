/** Starts that compete for one database, and what they leave behind, for the tests of each kind of store. */

import { expect } from "vitest";
import type { ServerFleet } from "../../src/fleet/server-fleet.ts";
import { clientOf, type Place, programIn, stepsOf } from "./owners.ts";
import type { Program } from "./program.ts";
import { until } from "./until.ts";

/** Milliseconds for a create. */
const CREATE_MS_MAX = 60_000;

/**
 * Four starts at the same moment: one serves, and the others end and name it. Resolves with its address.
 */
export async function expectOneOfFour(
  place: Place,
  programs: AsyncDisposableStack,
): Promise<string | undefined> {
  const all = ["a", "b", "c", "d"].map((name) => programs.use(programIn(place, name)));
  const isServing = (program: Program) => program.lines.some((line) => /^model/.test(line));
  await until(() => all.filter(({ isAlive }) => !isAlive).length === 3);
  const winner = await until(() => all.find(isServing));
  const { url } = (await clientOf(winner)).source;
  expect(winner.isAlive).toBe(true);
  for (const loser of all.filter((one) => one !== winner)) {
    expect(await loser.exited()).toBe(1);
    expect(loser.output).toMatch(/DATABASE_LOCKED: database .* is in use by process \d+ on /);
    expect(loser.output).toContain(`at ${url}`);
  }
  return url;
}

/** An agent that steps as often as it can; resolves with how its create ended. */
export async function startAgent(client: ServerFleet): Promise<string | null> {
  const config = { interval_ms: 5 };
  const id = await client.agentCreate("agent1", "test", { agentType: "ledger", config });
  return (await client.actionWait(id, CREATE_MS_MAX)).outcome;
}

export function iterationOf(client: ServerFleet): Promise<number> {
  return client.agentFind("agent1").then((agent) => agent?.iteration ?? 0);
}

/** Iterations in the table, by the process that stored them. */
export interface Stored {
  /** Of the stopped process, when the next one serves. */
  readonly before: readonly number[];
  /** Of the same process, once it has continued and ended. */
  readonly after: readonly number[];
  /** Of the next process. */
  readonly own: readonly number[];
}

/**
 * Stops a process while its agent steps, takes its database over and lets it continue. Resolves once it
 * has ended and the agent has stepped in the next process.
 */
export async function takeOverStopped(place: Place, programs: AsyncDisposableStack) {
  const first = programs.use(programIn(place, "a"));
  await startAgent(await clientOf(first));
  await until(async () => (await stepsOf(place, 1)).length > 5);
  first.signalGroup("SIGSTOP");
  const refused = programs.use(programIn(place, "b"));
  await refused.exited();
  const second = programs.use(programIn(place, "b", "--takeover"));
  const client = await clientOf(second);
  const before = await stepsOf(place, 1);
  await stepsFurther(client);
  first.signalGroup("SIGCONT");
  await first.exited();
  await first.closed();
  const after = await stepsOf(place, 1);
  await stepsFurther(client);
  const stored: Stored = { before, after, own: await stepsOf(place, 2) };
  return { first, refused, second, client, stored };
}

type Taken = Awaited<ReturnType<typeof takeOverStopped>>;

/** The refused start names the lock; the stopped process and its heart have ended, and stored nothing more. */
export async function expectReplaced({ first, refused, stored }: Taken): Promise<void> {
  expect(await refused.exited()).toBe(1);
  expect(refused.output).toMatch(/DATABASE_LOCKED/);
  expect(await first.exited()).toBe(1);
  expect(first.output).toMatch(/DATABASE_LOST/);
  expect(first.lines.filter((line) => /^Troupe serves/.test(line))).toHaveLength(1);
  const { before, after, own } = stored;
  expect(after).toEqual(before);
  expect(new Set([...before, ...own]).size).toBe(before.length + own.length);
}

async function stepsFurther(client: ServerFleet): Promise<void> {
  const reached = await iterationOf(client);
  await until(async () => (await iterationOf(client)) > reached + 5);
}
