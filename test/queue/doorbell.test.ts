import { describe, expect, test } from "vitest";
import { Doorbell } from "../../src/queue/doorbell.ts";
import { useFakeClock } from "../support/fake-clock.ts";

/** Longer than any test may take: whoever waits it out has not heard the ring. */
const NEVER_MS = 1_000_000;

describe("doorbell", () => {
  test("wakes its waiter", async () => {
    const doorbell = new Doorbell();
    const waiting = doorbell.wait(NEVER_MS);
    doorbell.ring();
    await expect(waiting).resolves.toBeUndefined();
  });

  test("does not lose a ring without a waiter", async () => {
    const doorbell = new Doorbell();
    doorbell.ring();
    await expect(doorbell.wait(NEVER_MS)).resolves.toBeUndefined();
  });

  test("gives up waiting without a ring, when it is time and not before", async () => {
    using clock = useFakeClock();
    let hasGivenUp = false;
    const waiting = new Doorbell().wait(1_000).then(() => {
      hasGivenUp = true;
    });
    await clock.advance(999);
    expect(hasGivenUp).toBe(false);
    await clock.advance(1);
    await waiting;
    expect(hasGivenUp).toBe(true);
  });

  test("wakes once for many rings", async () => {
    const doorbell = new Doorbell();
    doorbell.ring();
    doorbell.ring();
    await doorbell.wait(NEVER_MS);
    let hasWoken = false;
    const second = doorbell.wait(NEVER_MS).then(() => {
      hasWoken = true;
    });
    await new Promise(setImmediate);
    expect(hasWoken).toBe(false);
    doorbell.ring();
    await second;
  });
});
