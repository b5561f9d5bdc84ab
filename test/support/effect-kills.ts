/**
 * Agents with effects on a service that counts them, and the program killed at random moments. Afterwards
 * the books of the service are held against what was promised.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { AgentRow } from "../../src/model/agent.ts";
import type { EffectResolution } from "../../src/model/effect-resolution.ts";
import { chanceOf } from "./chance.ts";
import { Database } from "./database.ts";
import { checkBooks, createBuyer, heldFor, ordersIn, setUp } from "./effect-crashes.ts";
import { callName, type EffectLedger, startLedger } from "./effect-ledger.ts";
import { checkLives, countPlaces, type EffectLives, livesOf } from "./effect-lives.ts";
import { Program } from "./program.ts";
import { until } from "./until.ts";

export interface EffectKills {
  readonly agents: number;
  readonly kills: number;
  /** Of the moments of the kills. */
  readonly seed: number;
  readonly onKill?: (kills: number) => void;
}

export interface EffectKillsResult {
  /** Steps that are complete, with three effects each. */
  readonly orders: number;
  /** Calls of `retry` that were made again, effects of `skip` that were left out, and holds of `ask`. */
  readonly repeated: number;
  readonly skipped: number;
  readonly held: number;
  /** Effects that a kill met, by kind and the place that they had passed last. */
  readonly met: Readonly<Record<string, number>>;
  /** What was found untrue; empty if all is well. */
  readonly violations: readonly string[];
}

/** Places that are passed between two kills, at most, and milliseconds after the last of them. */
const PASSINGS_MAX = 80;
const LATER_MS_MAX = 20;
const RESOLVE_MS = 50;

export async function runEffectKills(options: EffectKills): Promise<EffectKillsResult> {
  const chance = chanceOf(options.seed);
  await using database = await Database.make();
  await using ledger = await startLedger(() => true);
  const ids = Array.from({ length: options.agents }, (_, n) => `buyer${n}`);
  const program = await setUp(database);
  for (const id of ids) await createBuyer(database, ledger, id);
  await using person = startPerson(database, ledger);
  const ends: number[] = [];
  for (let kill = 1; kill <= options.kills; kill += 1) {
    await using doomed = await Program.start(program);
    const passings = ledger.passings.length + 1 + Math.floor(chance() * PASSINGS_MAX);
    await until(() => {
      person.throwFailure();
      return ledger.passings.length >= passings;
    });
    await delay(chance() * LATER_MS_MAX);
    await doomed.end("SIGKILL");
    await ledger.quiet();
    ends.push(ledger.passings.length);
    options.onKill?.(kill);
  }
  await using last = await Program.start(program);
  const before = await ordersOf(database, ids);
  // A full step more of each: whoever is held continues as well.
  await until(async () => {
    person.throwFailure();
    return (await ordersOf(database, ids)).every((n, at) => n > (before[at] ?? 0));
  });
  await last.end("SIGTERM");
  const orders = await ordersOf(database, ids);
  const lives = livesOf(ledger.passings, ends);
  return {
    ...countEffects(lives, person.held),
    orders: orders.reduce((sum, n) => sum + n, 0),
    met: Object.fromEntries(countPlaces(lives, ends.length)),
    violations: [
      ...ids.flatMap((id, at) => checkBooks(ledger, id, orders[at] ?? 0)),
      ...[...lives].flatMap(([name, one]) => checkLives(name, one, person.held.get(name) ?? 0)),
      ...(await checkSteps(database, ids, orders)),
    ],
  };
}

export interface Person extends AsyncDisposable {
  /** By the effect's name: how often its agent was held for it. */
  readonly held: ReadonlyMap<string, number>;
  /** Without the person the agents that are held wait forever. */
  throwFailure(): void;
}

/** Looks into the books of the service whenever an agent is held, and says what happened. */
export function startPerson(database: Database, ledger: EffectLedger): Person {
  const held = new Map<string, number>();
  const seen = new Set<string>();
  const ended = new AbortController();
  const resolve = async (row: AgentRow) => {
    const effectId = heldFor(row);
    if (effectId === undefined || seen.has(effectId)) return;
    seen.add(effectId);
    const order = ordersIn(row.context) + 1;
    const name = callName({ agent: row.agent_id, order, kind: "ask" });
    held.set(name, (held.get(name) ?? 0) + 1);
    const resolution: EffectResolution = ledger.calls.has(name)
      ? { outcome: "done", value: 7 }
      : { outcome: "retry" };
    await database.queue.effectResolve(effectId, "test", resolution);
  };
  const work = (async () => {
    while (!ended.signal.aborted) {
      const { items } = await database.store.agents.listWhole({ limit: 1_000 });
      for (const row of items) await resolve(row);
      await delay(RESOLVE_MS);
    }
  })();
  let failure: unknown;
  work.catch((thrown: unknown) => {
    failure = thrown;
  });
  return {
    held,
    throwFailure: () => {
      if (failure !== undefined) throw failure;
    },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await work;
    },
  };
}

async function ordersOf(database: Database, ids: readonly string[]): Promise<readonly number[]> {
  const { items } = await database.store.agents.listWhole({ limit: 1_000 });
  return ids.map((id) => ordersIn(items.find((row) => row.agent_id === id)?.context ?? "null"));
}

/** Each order has one step that succeeded. */
async function checkSteps(
  database: Database,
  ids: readonly string[],
  orders: readonly number[],
): Promise<string[]> {
  const violations: string[] = [];
  for (const [at, id] of ids.entries()) {
    const steps = (await database.steps(id)).filter(({ status }) => status === "ok");
    const results = steps.map(({ result }) => Number(result));
    const isWhole = results.length === orders[at] && results.every((n, of) => n === of + 1);
    if (!isWhole) violations.push(`${id} has ${orders[at]} orders and the steps ${results}`);
  }
  return violations;
}

function countEffects(lives: EffectLives, held: ReadonlyMap<string, number>) {
  let [repeated, skipped] = [0, 0];
  for (const [name, ofEffect] of lives) {
    const calls = ofEffect.filter(({ places }) => places.includes("counted")).length;
    if (name.endsWith("retry")) repeated += Math.max(0, calls - 1);
    if (name.endsWith("skip") && ofEffect.some(({ result }) => result === null)) skipped += 1;
  }
  return { repeated, skipped, held: [...held.values()].reduce((sum, n) => sum + n, 0) };
}
