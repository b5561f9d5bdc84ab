import { expect, test } from "vitest";
import { newActionId } from "../../../src/model/ids.ts";
import { ActionJournal } from "../../../src/store/journal/action-journal.ts";
import { databaseAt } from "../../support/left-journal.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const observer = { onStored: () => undefined, onFailed: () => undefined };

test("a full journal slows its callers down, and accepts what waits once there is room", async () => {
  await using folder = await makeTempFolder();
  const options = {
    ...observer,
    folder: folder.path,
    database: databaseAt(undefined),
    entriesMax: 4,
  };
  const journal = await ActionJournal.open(options);
  const row = () => newAction({ id: newActionId() });
  await journal.accept([row(), row(), row(), row()], true);
  const order: string[] = [];
  const later = [row(), row()];
  const accepted = later.map((one, n) =>
    journal.accept([one], true).then(() => order.push(`accepted ${n}`)),
  );
  const [first, second, third] = journal.entries();
  order.push("removed");
  await journal.remove([first, second, third].filter((entry) => entry !== undefined));
  await Promise.all(accepted);
  expect(order).toEqual(["removed", "accepted 0", "accepted 1"]);
  for (const { id } of later) expect(journal.find(id)).toBeDefined();

  const message = "too many accepted actions wait until the table `queue` takes rows again";
  await expect(journal.accept([row(), row(), row()], true)).rejects.toThrow(message);
  expect(journal.size).toBe(3);
  await journal.close();
});
