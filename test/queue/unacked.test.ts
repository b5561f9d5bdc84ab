import { expect, test } from "vitest";
import { Unacked } from "../../src/queue/unacked.ts";

const MAX = 200;

test("a lane goes on until too many of its actions wait for their ack, and again after one", async () => {
  const unacked = new Unacked();
  for (let n = 0; n < MAX - 1; n += 1) unacked.add("agent1", `a${n}`);
  await unacked.room("agent1");
  unacked.add("agent1", "last");
  await unacked.room("agent2");
  let isWaiting = true;
  const room = unacked.room("agent1").then(() => {
    isWaiting = false;
  });
  unacked.remove("of nobody");
  await Promise.resolve();
  expect(isWaiting).toBe(true);
  unacked.remove("a5");
  await room;
  unacked.remove("a5"); // a second time changes nothing
  unacked.add("agent1", "one more");
  let isFull = true;
  const full = unacked.room("agent1").then(() => {
    isFull = false;
  });
  await Promise.resolve();
  expect(isFull).toBe(true);
  unacked.remove("last");
  await full;
});
