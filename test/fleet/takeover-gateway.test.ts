/** Several starts on one database of a real object store, from folders that share nothing else. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isMissing } from "../support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../support/object-gateway.ts";
import { makePlace } from "../support/owners.ts";
import { startFour, takeOverStopped } from "../support/takeovers.ts";

describe.skipIf(isMissing(gatewayPrograms))("on an object gateway", () => {
  let gateway: ObjectGateway;

  beforeAll(async () => {
    gateway = await ObjectGateway.start();
    await gateway.makeBucket("owners");
  });

  afterAll(() => gateway[Symbol.asyncDispose]());

  test("of four starts at the same moment one serves, and the others name it", async () => {
    await using place = await makePlace(gateway.env("owners"));
    await using programs = new AsyncDisposableStack();
    const { winner, url, losers } = await startFour(place, programs);
    expect(winner.isAlive).toBe(true);
    for (const loser of losers) {
      expect(await loser.exited()).toBe(1);
      expect(loser.output).toMatch(/DATABASE_LOCKED: database .* is in use by process \d+ on /);
      expect(loser.output).toContain(`at ${url}`);
    }
  });

  test("a stopped process that is taken over ends when it continues, its heart too, and stores no further step", async () => {
    await using place = await makePlace(gateway.env("owners"));
    await using programs = new AsyncDisposableStack();
    const { first, refused, second, stored } = await takeOverStopped(place, programs);
    expect(await refused.exited()).toBe(1);
    expect(refused.output).toMatch(/DATABASE_LOCKED/);
    expect(await first.exited()).toBe(1);
    expect(first.output).toMatch(/DATABASE_LOST/);
    expect(first.lines.filter((line) => /^Troupe serves/.test(line))).toHaveLength(1);
    const { before, after, own } = stored;
    expect(after).toEqual(before);
    expect(new Set([...before, ...own]).size).toBe(before.length + own.length);
    expect(await second.end()).toBe(0);
  });
});
