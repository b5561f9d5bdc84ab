/** With `TROUPE_ACK=table` on a store that takes requests and does not answer. */

import { expect, test } from "vitest";
import { openStore } from "../../../src/store/store.ts";
import { ObjectStore } from "../../support/object-store.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

test("an action is refused once the wait for the table is over, and may be stored later", async () => {
  await using objects = await ObjectStore.start();
  await using folder = await makeTempFolder();
  const { TROUPE_DB: location = "", ...storage } = objects.env;
  const journal = { folder: folder.path, acksInTable: true, tableAckMsMax: 100 };
  await using store = await openStore({ location, storage, journal });
  objects.isAnswering = false;
  // While it hangs: nothing but the bound can end the wait.
  await expect(store.queue.append([newAction({ id: "a" })])).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: "the queue did not store the actions within 0.1 s; they may still be stored",
  });
  objects.answer();
  await using other = await openStore({ location, storage });
  await until(async () => (await other.queue.findAll(["a"])).has("a"));
});
