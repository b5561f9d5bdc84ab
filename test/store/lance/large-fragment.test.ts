/** A backlog in one large fragment, with the settings of LanceDB that the program runs with. */

import { expect, test } from "vitest";
import { lanceEnvironment } from "../../../src/store/lance/lance-settings.ts";
import { chunks } from "../../../src/store/lance/predicate.ts";
import { ackOf, newAction } from "../../support/sample-rows.ts";

/** More than a fragment that LanceDB reads in one piece. */
const ROWS = 10_000;

test("actions of a large backlog are acked, as many at a time as end", async () => {
  // LanceDB reads them when it is imported.
  Object.assign(process.env, lanceEnvironment("/folder"));
  const { openSample } = await import("../sample-store.ts");
  await using sample = await openSample();
  const { queue } = sample.store;
  const actions = Array.from({ length: ROWS }, (_, number) => newAction({ id: `a${number}` }));
  await queue.append(actions);
  let acked = 0;
  for (const part of chunks(actions, ROWS / 10)) {
    acked += await queue.ack(part.map(({ id }) => ackOf(id)));
  }
  expect(acked).toBe(ROWS);
  expect(await queue.countPending()).toBe(0);
});
