import { expect, test } from "vitest";
import { ReadPacer } from "../../src/queue/read-pacer.ts";

/** A clock that is set by hand. */
function start() {
  const clock = { ms: 1_000 };
  const pacer = new ReadPacer(2, () => clock.ms);
  const work = (ms: number) =>
    pacer.work(async () => {
      clock.ms += ms;
    });
  return { clock, pacer, work };
}

test("requires no pause for the first reads after a quiet time", async () => {
  const { pacer, work } = start();
  await work(100);
  await work(150);
  expect(pacer.dueMs).toBe(0);
  await work(10);
  expect(pacer.dueMs).toBe(20);
});

test("time pays for what is owed and saves nothing beyond that", async () => {
  const { clock, pacer, work } = start();
  await work(280);
  expect(pacer.dueMs).toBe(60);
  clock.ms += 60;
  expect(pacer.dueMs).toBe(0);
  clock.ms += 10_000;
  await work(260);
  expect(pacer.dueMs).toBe(20);
});

test("work that continues takes a third of the time", async () => {
  const { clock, pacer, work } = start();
  const begun = clock.ms;
  let worked = 0;
  for (let n = 0; n < 5_000; n += 1) {
    await work(10);
    worked += 10;
    clock.ms += Math.max(0, pacer.dueMs);
  }
  expect(worked / (clock.ms - begun)).toBeCloseTo(1 / 3, 2);
});

test("counts work that fails", async () => {
  const { clock, pacer } = start();
  const failing = pacer.work(async () => {
    clock.ms += 270;
    throw new Error("not now");
  });
  await expect(failing).rejects.toThrow("not now");
  expect(pacer.dueMs).toBe(40);
});
