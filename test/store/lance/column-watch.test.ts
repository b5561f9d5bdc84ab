import { expect, test } from "vitest";
import { ackOf, newAction } from "../../support/sample-rows.ts";
import { until } from "../../support/until.ts";
import { openForeign, openSample } from "../sample-store.ts";

test("a column that another program removes is a fault from the next poll on, until it is back", async () => {
  const { location, store, ...sample } = await openSample({ janitor: {} });
  await using _ended = sample;
  await store.queue.append([newAction({ id: "a" })]);
  await store.queue.hasForeignCommits();
  const foreign = await openForeign(location, "queue");
  await foreign.dropColumns(["metadata", "urgency"]);

  const poll = async () => {
    await store.queue.hasForeignCommits();
    return !store.health.isWritable;
  };
  await until(poll);
  const fault = {
    isWritable: false,
    error: {
      code: "STORE_UNAVAILABLE",
      message:
        "queue lacks the columns metadata, urgency, which another program has removed, and takes no rows; the next start adds what is missing, without values",
      details: { table: "queue", columns: ["metadata", "urgency"] },
    },
  };
  expect(store.health).toMatchObject(fault);
  // A write that needs none of them succeeds, and so does one that changes nothing.
  expect(await store.queue.ack([ackOf("a")])).toBe(1);
  expect(store.health).toMatchObject(fault);
  await expect(store.queue.append([newAction({ id: "b" })])).rejects.toThrow("metadata");

  await foreign.addColumns([{ name: "metadata", valueSql: "cast(NULL as string)" }]);
  await until(() => store.health.error?.message.startsWith("queue lacks the column urgency"));
  await foreign.addColumns([{ name: "urgency", valueSql: "cast(NULL as int)" }]);
  await until(() => store.health.isWritable);
  await store.queue.append([newAction({ id: "b" })]);
});
