/** Several starts on one database of a real object store, from folders that share nothing else. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isMissing } from "../support/needed-programs.ts";
import { gatewayPrograms, ObjectGateway } from "../support/object-gateway.ts";
import { makePlace } from "../support/owners.ts";
import { expectOneOfFour, expectReplaced, takeOverStopped } from "../support/takeovers.ts";

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
    await expectOneOfFour(place, programs);
  });

  test("a stopped process that is taken over ends when it continues, its heart too, and stores no further step", async () => {
    await using place = await makePlace(gateway.env("owners"));
    await using programs = new AsyncDisposableStack();
    const taken = await takeOverStopped(place, programs);
    await expectReplaced(taken);
    expect(await taken.second.end()).toBe(0);
  });
});
