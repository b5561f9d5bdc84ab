import { expect, test } from "vitest";
import { OneReading } from "../../src/dashboard/link/one-reading.ts";

test("reads once more after a reading, however often it was wanted meanwhile", async () => {
  const readings: PromiseWithResolvers<void>[] = [];
  const reading = new OneReading(() => {
    readings.push(Promise.withResolvers());
    return readings.at(-1)?.promise ?? Promise.resolve();
  });
  const wanted = Array.from({ length: 1_000 }, () => reading.run());
  expect(readings).toHaveLength(1);
  readings[0]?.resolve();
  await Promise.resolve();
  await Promise.resolve();
  expect(readings).toHaveLength(2);
  readings[1]?.resolve();
  await Promise.all(wanted);
  const later = reading.run();
  expect(readings).toHaveLength(3);
  readings[2]?.resolve();
  await later;
});
