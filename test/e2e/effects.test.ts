/** Effects and the death of the program: a service that counts says what really happened. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { checkBooks, createBuyer, heldFor, ordersIn, setUp } from "../support/effect-crashes.ts";
import { callName, type EffectLedger, startLedger } from "../support/effect-ledger.ts";
import { Program } from "../support/program.ts";

const TOKEN = "token-of-this-test-0123456789";
const ORDERS = 2;

/** Calls that the service then has, and whether the agent is held until somebody resolves the effect. */
const boundaries = [
  { kind: "retry", place: "before", calls: 1 },
  { kind: "retry", place: "inside", calls: 1 },
  { kind: "retry", place: "counted", calls: 2 },
  { kind: "retry", place: "answered", calls: 2 },
  { kind: "retry", place: "returned", calls: 1 },
  { kind: "skip", place: "before", calls: 1 },
  { kind: "skip", place: "inside", calls: 0 },
  { kind: "skip", place: "counted", calls: 1 },
  { kind: "skip", place: "answered", calls: 1 },
  { kind: "skip", place: "returned", calls: 1 },
  { kind: "ask", place: "before", calls: 1 },
  { kind: "ask", place: "inside", calls: 1, resolve: { outcome: "retry" }, by: "CLI" },
  { kind: "ask", place: "counted", calls: 1, resolve: { outcome: "done", value: 7 }, by: "REST" },
  { kind: "ask", place: "answered", calls: 1, resolve: { outcome: "done", value: 7 }, by: "CLI" },
  { kind: "ask", place: "returned", calls: 1 },
] as const;

const buyerAt = ({ kind, place }: { readonly kind: string; readonly place: string }) =>
  `${kind}-${place}`;

/**
 * An agent for each boundary. All of them arrive there at the same moment, from the place before it, and the
 * program is killed in that moment: what it would only have stored later is lost.
 */
let database: Database;
let ledger: EffectLedger;
let next: Program;
beforeAll(async () => {
  const places = boundaries.map(buyerAt);
  const atStart = new Set(places);
  const atBoundary = new Set(places);
  const allAtStart = Promise.withResolvers<void>();
  const allReached = Promise.withResolvers<void>();
  ledger = await startLedger(async (passing) => {
    const { agent } = passing;
    const stepsLeft = places.indexOf(agent) - places.indexOf(buyerAt(passing));
    if (stepsLeft === 1 && atStart.delete(agent)) {
      if (atStart.size === 1) allAtStart.resolve(); // The first boundary has no place before it.
      await allAtStart.promise;
    }
    if (stepsLeft !== 0 || !atBoundary.delete(agent)) return true;
    if (atBoundary.size === 0) allReached.resolve();
    return false;
  });
  database = await Database.make();
  const options = await setUp(database, { TROUPE_TOKEN: TOKEN });
  for (const place of places) await createBuyer(database, ledger, place, ORDERS);
  await using doomed = await Program.start(options);
  await allReached.promise;
  await doomed.end("SIGKILL");
  next = await Program.start(options);
});
afterAll(async () => {
  await next[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await ledger[Symbol.asyncDispose]();
});

test.each(boundaries)(
  "the program killed at $kind, $place: what is known is not repeated, the rest is told",
  async ({ kind, place, calls, ...then }) => {
    const buyer = buyerAt({ kind, place });
    if ("resolve" in then) {
      const row = await database.agent(buyer, (agent) => heldFor(agent) !== undefined);
      await resolve({ program: next, cwd: database.folder }, heldFor(row) ?? "", then);
    }
    await database.agent(buyer, ({ context }) => ordersIn(context) === ORDERS);
    expect(ledger.calls.get(callName({ agent: buyer, order: 1, kind })) ?? []).toHaveLength(calls);
    expect(checkBooks(ledger, buyer, ORDERS)).toEqual([]);
  },
);

async function resolve(
  { program, cwd }: { readonly program: Program; readonly cwd: string },
  effectId: string,
  { resolve: resolution, by }: { readonly resolve: object; readonly by: "CLI" | "REST" },
): Promise<void> {
  if (by === "CLI") {
    const flags = "value" in resolution ? ["--done", String(resolution.value)] : ["--retry"];
    await using cli = new Program({
      cwd,
      args: ["effect", "resolve", effectId, ...flags],
      env: { TROUPE_TOKEN: TOKEN },
    });
    expect(await cli.exited(), cli.output).toBe(0);
    return;
  }
  const origin = /http:\/\/[^/?\s]+/.exec(await program.line(/http:\/\//))?.[0];
  const answer = await fetch(`${origin}/api/effects/${effectId}/resolve`, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(resolution),
  });
  expect(answer.ok, await answer.text()).toBe(true);
}
