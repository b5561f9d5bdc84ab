/** Kept log lines and those of events, in order and each once. */

import { expect, test } from "vitest";
import { FollowedLines } from "../../src/cli/followed-lines.ts";
import type { LogLine } from "../../src/model/agent-inside.ts";

const line = (n: number): LogLine => ({
  n,
  at: n,
  level: "info",
  message: `line ${n}`,
  fields: null,
  generation: 1,
});

function open() {
  const shown: number[] = [];
  const readings: {
    after: number | undefined;
    answer: PromiseWithResolvers<readonly LogLine[]>;
  }[] = [];
  const lines = new FollowedLines(
    ({ n }) => shown.push(n),
    (after) => {
      const answer = Promise.withResolvers<readonly LogLine[]>();
      readings.push({ after, answer });
      return answer.promise;
    },
  );
  return { lines, shown, readings };
}

test("lines that come while kept ones are read wait for them", async () => {
  const { lines, shown, readings } = open();
  lines.add(line(3));
  const reading = lines.catchUp();
  expect(readings[0]?.after).toBe(3);
  lines.add(line(6));
  lines.add(line(7));
  expect(shown).toEqual([3]);
  readings[0]?.answer.resolve([line(4), line(5), line(6)]);
  await reading;
  expect(shown).toEqual([3, 4, 5, 6, 7]);
  lines.add(line(7));
  lines.add(line(8));
  expect(shown).toEqual([3, 4, 5, 6, 7, 8]);
});

test("they wait for the last of several readings", async () => {
  const { lines, shown, readings } = open();
  const first = lines.catchUp();
  lines.add(line(2));
  const second = lines.catchUp();
  lines.add(line(5));
  readings[0]?.answer.resolve([line(1)]);
  await first;
  expect(shown).toEqual([1]);
  readings[1]?.answer.resolve([line(1), line(2), line(3), line(4)]);
  await second;
  expect(shown).toEqual([1, 2, 3, 4, 5]);
});

test("a reading that fails is reported, and the lines of events are shown", async () => {
  const { lines, shown, readings } = open();
  const reading = lines.catchUp();
  lines.add(line(1));
  readings[0]?.answer.reject(new Error("away"));
  await expect(reading).rejects.toThrow("away");
  expect(shown).toEqual([1]);
});

test("the last lines are read once, then all after them, even if there were none", async () => {
  const { lines, readings } = open();
  for (const found of [[], [line(4)], []]) {
    const reading = lines.catchUp();
    readings.at(-1)?.answer.resolve(found);
    await reading;
  }
  expect(readings.map(({ after }) => after)).toEqual([undefined, 0, 4]);
});
