/** The sum of a step's model calls. */

import { expect, test } from "vitest";
import { UsageMeter } from "../../src/actor/usage-meter.ts";

test("calls are added up, the last known model is kept, and unknown stays unknown", () => {
  const meter = new UsageMeter();
  expect(meter.take()).toBeNull();
  meter.add({ model: "one", input_tokens: 1, output_tokens: null });
  meter.add({ model: "two", input_tokens: null, output_tokens: null });
  meter.add({ model: null, input_tokens: 4, output_tokens: null });
  expect(meter.take()).toEqual({ model: "two", input_tokens: 5, output_tokens: null });
  expect(meter.take()).toBeNull();
});

test("a number that no column holds is unknown", () => {
  const meter = new UsageMeter();
  meter.add({ model: "😀".repeat(200), input_tokens: 1e300, output_tokens: -1 });
  meter.add({ model: null, input_tokens: 2 ** 53 - 1, output_tokens: 0.5 });
  meter.add({ model: null, input_tokens: 5, output_tokens: Number.NaN });
  expect(meter.take()).toEqual({
    model: "😀".repeat(128),
    input_tokens: 2 ** 53 - 1,
    output_tokens: null,
  });
});
