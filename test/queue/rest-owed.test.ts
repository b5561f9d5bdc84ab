import { expect, test } from "vitest";
import { RestOwed } from "../../src/queue/rest-owed.ts";

/** A clock that is set by hand. */
function start() {
  const clock = { ms: 1_000 };
  const rest = new RestOwed(2, () => clock.ms);
  const work = (ms: number) =>
    rest.work(async () => {
      clock.ms += ms;
    });
  return { clock, rest, work };
}

test("owes no rest for the first works after a quiet time", async () => {
  const { rest, work } = start();
  await work(100);
  await work(150);
  expect(rest.dueMs).toBe(0);
  await work(10);
  expect(rest.dueMs).toBe(20);
});

test("time pays for what is owed and saves nothing beyond that", async () => {
  const { clock, rest, work } = start();
  await work(280);
  expect(rest.dueMs).toBe(60);
  clock.ms += 60;
  expect(rest.dueMs).toBe(0);
  clock.ms += 10_000;
  await work(260);
  expect(rest.dueMs).toBe(20);
});

test("work that continues takes a third of the time", async () => {
  const { clock, rest, work } = start();
  const begun = clock.ms;
  let worked = 0;
  for (let n = 0; n < 5_000; n += 1) {
    await work(10);
    worked += 10;
    clock.ms += Math.max(0, rest.dueMs);
  }
  expect(worked / (clock.ms - begun)).toBeCloseTo(1 / 3, 2);
});

test("counts work that fails", async () => {
  const { clock, rest } = start();
  const failing = rest.work(async () => {
    clock.ms += 270;
    throw new Error("not now");
  });
  await expect(failing).rejects.toThrow("not now");
  expect(rest.dueMs).toBe(40);
});
