/** Effects and the death of the program: a service that counts says what really happened. */

import { expect, test } from "vitest";
import { Database } from "../support/database.ts";
import { checkBooks, createBuyer, heldFor, ordersIn, setUp } from "../support/effect-crashes.ts";
import { callName, startLedger } from "../support/effect-ledger.ts";
import { Program } from "../support/program.ts";

const TOKEN = "token-of-this-test-0123456789";

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

test.each(boundaries)(
  "the program killed at $kind, $place: what is known is not repeated, the rest is told",
  async ({ kind, place, calls, ...then }) => {
    const reached = Promise.withResolvers<void>();
    let isArmed = true;
    await using ledger = await startLedger((passing) => {
      if (!isArmed || passing.kind !== kind || passing.place !== place) return true;
      isArmed = false;
      reached.resolve();
      return false;
    });
    await using database = await Database.make();
    const options = await setUp(database, { TROUPE_TOKEN: TOKEN });
    await createBuyer(database, ledger, "buyer");
    await using doomed = await Program.start(options);
    await reached.promise;
    await doomed.end("SIGKILL");
    await using next = await Program.start(options);
    if ("resolve" in then) {
      const row = await database.agent("buyer", (agent) => heldFor(agent) !== undefined);
      await resolve({ program: next, cwd: database.folder }, heldFor(row) ?? "", then);
    }
    await database.agent("buyer", ({ context }) => ordersIn(context) > 1);
    await next.end("SIGTERM");
    const { context } = await database.agent("buyer", () => true);
    expect(ledger.calls.get(callName({ agent: "buyer", order: 1, kind })) ?? []).toHaveLength(
      calls,
    );
    expect(checkBooks(ledger, "buyer", ordersIn(context))).toEqual([]);
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
