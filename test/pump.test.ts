import { expect, test } from "vitest";
import { Pump } from "../src/pump.ts";
import { until } from "./support/until.ts";

test("the pump starts everything that is ready, the first immediately", async () => {
  const ready = [1, 2, 3];
  const begun: number[] = [];
  const pump = new Pump(
    () => ready.shift(),
    (item) => begun.push(item),
  );
  pump.run();
  expect(begun).toEqual([1]);
  ready.push(4);
  pump.run();
  await until(() => begun.length === 4);
  expect(begun).toEqual([1, 2, 3, 4]);
});

test("the pump gives the event loop back between items that take long", async () => {
  const ready = [1, 2];
  const begun: number[] = [];
  const pump = new Pump(
    () => ready.shift(),
    (item) => {
      begun.push(item);
      const until = performance.now() + 3;
      while (performance.now() < until);
    },
  );
  pump.run();
  await Promise.resolve().then(() => undefined);
  expect(begun).toEqual([1]);
  await until(() => begun.length === 2);
  expect(begun).toEqual([1, 2]);
});
