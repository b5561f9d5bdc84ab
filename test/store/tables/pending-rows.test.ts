/** Rows of which no action can be made end rejected, large ones without being read whole. */

import { expect, test } from "vitest";
import { newAction } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

const error = { code: "ACTION_MALFORMED", message: "unfit" };
const options = { now: 10, limit: 100, isInFlight: () => false, areKeysEnough: false };

test("rows without an id and rows that are too large are named and can be rejected", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const foreign = await openForeign(sample.location, "queue");
  const row = { action: "agent_pause", actor: "f", created_at: 1, processed: false };
  await foreign.add([
    { ...row, id: "", payload: "{}" },
    { ...row, id: "large", payload: "x".repeat(8 * 2 ** 20) },
    ...Array.from({ length: 9 }, (_, n) => ({
      ...row,
      id: `l${n}`,
      payload: "x".repeat(9 * 2 ** 20),
    })),
  ]);
  await queue.append([newAction({ id: "good", created_at: 2 })]);
  const { rows } = await queue.readWindow(options);
  expect(rows).toHaveLength(12);
  const unfit = rows.filter(({ fault }) => fault !== undefined);
  expect(unfit).toHaveLength(11);
  expect(await queue.rejectUnfit(unfit, error, 5)).toBe(11);
  const left = await queue.readWindow(options);
  expect(left.rows.map(({ id }) => id)).toEqual(["good"]);
  const large = await queue.find("large");
  expect(large).toMatchObject({ processed: true, outcome: "rejected", error, processed_at: 5 });
  expect(large?.payload.length).toBeLessThan(2_000);
});
