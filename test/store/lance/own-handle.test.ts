/** Handles that know only their own commits, and what becomes of them after a seal. */

import { join } from "node:path";
import { expect, test } from "vitest";
import { openConnection } from "../../../src/store/lance/connection.ts";
import { OwnHandle } from "../../../src/store/lance/own-handle.ts";
import { sealTable } from "../../../src/store/lance/seal.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

test("a sealed table refuses each commit of an own handle until a check lets it see the seal", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const own = await openConnection(location, {}, true);
  const table = await own.createTable("agent_steps", [{ id: "a" }]);
  const next = await openConnection(location);
  await sealTable(next, "agent_steps");
  let isLost = true;
  const handle = new OwnHandle(table, async () => {
    if (isLost) throw new Error("lost");
  });
  const add = () => handle.run(() => table.add([{ id: "late" }]));
  await expect(add()).rejects.toThrow(/Incompatible transaction/);
  await expect(add()).rejects.toThrow("lost");
  await expect(add()).rejects.toThrow("lost");
  const sealed = await next.openTable("agent_steps");
  expect(await sealed.countRows()).toBe(1);
  isLost = false;
  await add();
  expect(await sealed.countRows()).toBe(2);
  sealed.close();
  table.close();
  own.close();
  next.close();
});
