import { expect, test } from "vitest";
import { rateLine } from "../../src/picture/rate-text.ts";
import { StepRate } from "../../src/picture/step-rate.ts";

test("the last minute is a bar for each slot, a dot without a step, a cross with a failed one", () => {
  const slot = (steps: number, failed = 0) => ({ steps, failed });
  expect(rateLine([slot(0), slot(1), slot(4), slot(8), slot(3, 1), slot(0, 1)])).toBe("·▁▄█××");
  expect(rateLine([slot(0), slot(0)])).toBe("··");
  expect(rateLine([slot(1), slot(1)])).toBe("██");
});

test("a rate has its slots oldest first, and forgets what is older than a minute", () => {
  const start = 1_790_000_000_000;
  const rate = new StepRate(start);
  rate.add(start, 3);
  rate.add(start + 5_000, 1, 1);
  expect(rateLine(rate.slots(start + 5_000))).toBe("··········█×");
  expect(rateLine(rate.slots(start + 15_000))).toBe("········█×··");
  rate.add(start + 57_000);
  expect(rateLine(rate.slots(start + 57_000))).toBe("█×·········▃");
  expect(rateLine(rate.slots(start + 200_000))).toBe("············");
});
