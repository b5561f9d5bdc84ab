import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { toFrame } from "../../../src/supervisor/inside/source-places.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

/** The first segment of the first line has a source, the second one has none, the third one a null. */
const map = {
  version: 3,
  names: [],
  sources: ["agent.ts", null],
  mappings: "AAKA,K,CCAA",
};

test("a place of a built file is that of its source, if its map knows one", async () => {
  await using folder = await makeTempFolder();
  const file = join(folder.path, "agent.js");
  await writeFile(`${file}.map`, JSON.stringify(map));
  const frame = async (columnNumber: number, url = pathToFileURL(file).href) =>
    await toFrame({ functionName: "step", url, lineNumber: 0, columnNumber });
  expect(await frame(2)).toMatchObject({ file: join(folder.path, "agent.ts"), line: 6, column: 1 });
  expect(await frame(5)).toMatchObject({ file, line: 1, column: 6 });
  expect(await frame(8)).toMatchObject({ line: expect.any(Number) });
  expect(await frame(0, "node:internal/timers")).toMatchObject({ owner: "node", line: 1 });
});
