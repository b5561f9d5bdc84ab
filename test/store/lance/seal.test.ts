import { connect } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import { sealTable } from "../../../src/store/lance/seal.ts";
import { ObjectStore } from "../../support/object-store.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

test.each(["folder", "object store"])(
  "on a %s a commit that began before the seal is not stored, later ones are",
  async (kind) => {
    await using s3 = await ObjectStore.start();
    await using folder = await makeTempFolder();
    const uri = kind === "folder" ? folder.path : "s3://bucket/fleet";
    const storageOptions = { ...s3.env };
    const connection = await connect({ uri, storageOptions, readConsistencyInterval: 0 });
    const name = "agent_steps";
    const table = await connection.createTable(name, [{ n: 1 }]);
    await table.add([{ n: 2 }]);
    // Its commits begin at the version that it has opened, as those of a process that was stopped.
    const late = await (await connect({ uri, storageOptions })).openTable(name);
    await table.add([{ n: 3 }]);
    await sealTable(connection, name);
    await expect(late.add([{ n: 4 }])).rejects.toThrow(/conflict/i);
    await expect(late.update({ where: "n = 1", values: { n: 5 } })).rejects.toThrow(/conflict/i);
    await expect(late.delete("n = 1")).rejects.toThrow(/conflict/i);
    await table.add([{ n: 6 }]);
    const rows = await table.query().toArray();
    expect(rows.map(({ n }) => Number(n)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 6]);
  },
);

test("a table that is not there needs no seal", async () => {
  await using folder = await makeTempFolder();
  const connection = await connect(folder.path);
  await sealTable(connection, "agent_steps");
  expect(await connection.tableNames()).toEqual([]);
});
