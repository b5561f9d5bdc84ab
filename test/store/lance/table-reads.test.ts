/** Reads of a real table that take longer than they may. */

import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { encodeRow } from "../../../src/store/lance/codec.ts";
import { openConnection, openTable } from "../../../src/store/lance/connection.ts";
import { newAction } from "../../support/sample-rows.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const ROWS = 1_000;

test("a visit that has failed by its deadline calls its visitor no more", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "db");
  const connection = await openConnection(location);
  onTestFinished(() => connection.close());
  const table = await openTable(connection, "queue", { location, log });
  await table.append(
    Array.from({ length: ROWS }, (_, n) =>
      encodeRow("queue", { ...newAction({ id: `a${n}` }), processed: false, urgency: 0 }),
    ),
  );
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  let visited = 0;
  const visiting = table.visit({}, () => {
    // The deadline comes with the first row.
    if (visited === 0) vi.advanceTimersByTime(60_000);
    visited += 1;
  });
  await expect(visiting).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  const visitedInTime = visited;
  vi.useRealTimers();
  await table.close(); // waits for the read
  expect(visited).toBe(visitedInTime);
  expect(visited).toBeLessThan(ROWS);
});
