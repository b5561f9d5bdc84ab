/** A connection that is opened again. No server answers the request that comes before that. */

import { expect, test, vi } from "vitest";
import { Reconnection } from "../../src/dashboard/link/reconnection.ts";
import { useFakeClock } from "../support/fake-clock.ts";

function start() {
  const due: boolean[] = [];
  const onDue = (isServed: boolean) => void due.push(isServed);
  const onRefused = () => expect.unreachable("nobody refuses");
  return { due, reconnection: new Reconnection({ onDue, onRefused }) };
}

test("a lost connection is due after waits that grow, and are short again after a success", async () => {
  using clock = useFakeClock();
  const { due, reconnection } = start();
  for (const waitMs of [500, 1_000, 2_000, 4_000, 5_000, 5_000]) {
    const before = due.length;
    reconnection.plan();
    await clock.advance(waitMs - 1);
    expect(due).toHaveLength(before);
    await clock.advance(1);
    expect(due).toHaveLength(before + 1);
  }
  reconnection.succeed();
  reconnection.plan();
  await clock.advance(500);
  expect(due).toEqual(Array(7).fill(false));
});

test.each(["cancelled", "planned again"])(
  "a connection that is %s during the request is not opened by its answer",
  async (what) => {
    using clock = useFakeClock();
    const { due, reconnection } = start();
    reconnection.plan();
    vi.advanceTimersByTime(500);
    if (what === "cancelled") reconnection.cancel();
    else reconnection.plan();
    await clock.advance(999);
    expect(due).toEqual([]);
  },
);
