/** What the end of a fleet's scope means for what uses it, held against all ways to a fleet. */

import { expect, test } from "vitest";
import { FleetWays, wayNames } from "../support/fleet-ways.ts";

const HOUR_MS = 3_600_000;
const closed = expect.objectContaining({ code: "FLEET_CLOSED" });

test.each(wayNames)("a fleet through its %s that is closed ends what uses it", async (way) => {
  await using ways = await FleetWays.start();
  const fleet = ways.fleets[way];
  const id = await fleet.agentPause("agent1", "ann", "later", { notBefore: Date.now() + HOUR_MS });
  // What waits has had its first answer when the fleet is closed.
  const connected = Promise.withResolvers<void>();
  const events = fleet.events({ onConnection: () => connected.resolve() });
  const watched = fleet.watch();
  const read = (async () => {
    for await (const _ of events);
  })();
  const first = await watched.next();
  expect(first.done).toBe(false);
  const watch = (async () => {
    for await (const _ of watched);
  })();
  const wait = fleet.actionWait(id, HOUR_MS);
  const refused = expect(wait).rejects.toEqual(closed);
  await connected.promise;
  await fleet.actionFind(id);

  await fleet.close();
  await Promise.all([read, watch, refused]);
  await expect(fleet.agentPage()).rejects.toEqual(closed);
  await expect(fleet.agents().next()).rejects.toEqual(closed);
  await expect(fleet.stepSpans().next()).rejects.toEqual(closed);
  await expect(fleet.actionWait(id, HOUR_MS)).rejects.toEqual(closed);
  await expect(fleet.agentResume("agent1", "ann")).rejects.toEqual(closed);
  await expect(fleet.database()).rejects.toEqual(closed);
  expect(() => fleet.events()).toThrow(closed);
  expect(() => fleet.watch()).toThrow(closed);
  await fleet.close();
});
