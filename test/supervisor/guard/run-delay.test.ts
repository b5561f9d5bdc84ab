/** The wait for a processor, of a real thread. */

import { expect, test } from "vitest";
import { readWaitedMs } from "../../../src/supervisor/guard/run-delay.ts";
import { startActor } from "../../support/actor-harness.ts";

test.runIf(process.platform === "linux")("a thread's wait is read while it runs", async () => {
  await using actor = await startActor();
  await actor.next("step");
  const { threadId } = actor.control;
  expect(threadId).toBeGreaterThan(0);
  expect(threadId).not.toBe(process.pid);
  expect(readWaitedMs(threadId)).toBeGreaterThan(0);
  await actor.worker.terminate();
  expect(readWaitedMs(threadId)).toBeUndefined();
});

test("nothing is known of a thread without an id", () => {
  expect(readWaitedMs(0)).toBeUndefined();
});
