/** The sleeper: everybody wakes, and a wake leaves no timer. */

import { expect, test } from "vitest";
import { Sleeper } from "../../src/actor/sleeper.ts";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("a wake ends all sleeps immediately and leaves no timer behind", async () => {
  const sleeper = new Sleeper();
  const before = timers();
  const sleeps = [sleeper.sleep(1e9), sleeper.sleep(1e12), sleeper.sleep(Number.POSITIVE_INFINITY)];
  sleeper.wakeAll();
  await Promise.all(sleeps);
  expect(timers()).toBe(before);
});

test("a sleep ends on time", async () => {
  await expect(new Sleeper().sleep(1)).resolves.toBeUndefined();
});

test("a wake before the sleep does not end it", async () => {
  const sleeper = new Sleeper();
  sleeper.wakeAll();
  let isAwake = false;
  const sleep = sleeper.sleep(1e6).then(() => {
    isAwake = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isAwake).toBe(false);
  sleeper.wakeAll();
  await sleep;
});
