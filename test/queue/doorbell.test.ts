import { describe, expect, test } from "vitest";
import { Doorbell } from "../../src/queue/doorbell.ts";

/** Longer than any test may take: whoever waits it out has not heard the ring. */
const NEVER_MS = 1_000_000;

describe("doorbell", () => {
  test("wakes whoever waits", async () => {
    const doorbell = new Doorbell();
    const waiting = doorbell.wait(NEVER_MS);
    doorbell.ring();
    await waiting;
  });

  test("does not lose a ring that nobody waited for", async () => {
    const doorbell = new Doorbell();
    doorbell.ring();
    await doorbell.wait(NEVER_MS);
  });

  test("gives up waiting without a ring", async () => {
    await new Doorbell().wait(1);
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
