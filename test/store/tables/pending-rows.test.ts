/** Rows of which no action can be made end rejected, large ones without being read whole. */

import { expect, test } from "vitest";
import { ENVIRONMENT_LANE } from "../../../src/model/actions/action-registry.ts";
import { AGENT_ID_MAX } from "../../../src/model/ids.ts";
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

const nameless = (id: string, agent_id: string, created_at: number) =>
  newAction({ id, agent_id: null, created_at, payload: JSON.stringify({ agent_id }) });

test("a full window has urgent rows and destroys, too", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([
    ...Array.from({ length: 9 }, (_, n) => newAction({ id: `old${n}`, created_at: n })),
    newAction({ id: "urgent", urgency: 1, created_at: 19 }),
    newAction({ id: "destroy", action: "agent_destroy", created_at: 20 }),
  ]);
  const { rows, isFull } = await queue.readWindow({ ...options, now: 30, limit: 4 });
  const ids = rows.map(({ id }) => id);
  expect({ ids, isFull }).toEqual({
    ids: ["old0", "old1", "old2", "old3", "urgent", "destroy"],
    isFull: true,
  });
});

test("the rows of single lanes are read, also those that name their agent in the payload alone", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([
    ...Array.from({ length: 9 }, (_, n) => nameless(`old${n}`, "other", n)),
    nameless("wanted1", "a.1", 21),
    newAction({ id: "wanted2", agent_id: "a.1", created_at: 22 }),
    newAction({ id: "reload", action: "environment_reload", agent_id: null, created_at: 23 }),
    newAction({ id: "unwanted", agent_id: "a-1", created_at: 24 }),
    newAction({ id: "later", agent_id: "a.1", created_at: 25, not_before: 31 }),
  ]);
  const read = async (lanes: readonly string[]) => {
    const { rows, isCut } = await queue.readLanes({ ...options, now: 30, limit: 4, lanes });
    return { isCut, ids: rows.map(({ id }) => id) };
  };
  const ids = ["wanted1", "wanted2", "reload"];
  expect(await read(["a.1", ENVIRONMENT_LANE])).toEqual({ isCut: false, ids });
  const first = ["old0", "old1", "old2", "old3"];
  expect(await read(["a.1", "other"])).toEqual({ isCut: true, ids: first });
});

test("a thousand lanes with the longest ids can be read", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  const lanes = Array.from({ length: 1_000 }, (_, n) => `${n}`.padStart(AGENT_ID_MAX, "a.b"));
  await queue.append([
    newAction({ id: "old", created_at: 1 }),
    nameless("last", `${lanes[999]}`, 9),
  ]);
  const { rows } = await queue.readLanes({ ...options, limit: 2, lanes });
  expect(rows.map(({ id }) => id)).toEqual(["last"]);
});
