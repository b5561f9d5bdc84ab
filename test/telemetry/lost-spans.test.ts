import { expect, test } from "vitest";
import { LOSS_LOG_MS, LostSpans } from "../../src/telemetry/lost-spans.ts";

function counter() {
  const lines: object[] = [];
  const clock = { now: 0 };
  const log = { warn: (line: object) => void lines.push(line) };
  const lost = new LostSpans({ log, collector: "http://c/", now: () => clock.now });
  return { lines, clock, lost };
}

test("the first loss is logged immediately, later ones together once a minute", () => {
  const { lines, clock, lost } = counter();
  lost.add(2, "down");
  lost.add(3, "down");
  clock.now = LOSS_LOG_MS - 1;
  lost.add(4, "full");
  expect(lines).toEqual([{ collector: "http://c/", lost: { down: 2 }, lost_total: 2 }]);
  clock.now = LOSS_LOG_MS;
  lost.add(1, "down");
  expect(lines[1]).toEqual({ collector: "http://c/", lost: { down: 4, full: 4 }, lost_total: 10 });
});

test("the end logs what has not been logged, and nothing if there is nothing", () => {
  const { lines, lost } = counter();
  lost.log();
  lost.add(0, "down");
  expect(lines).toEqual([]);
  lost.add(1, "down");
  lost.add(1, "down");
  lost.log();
  expect(lines).toHaveLength(2);
});
