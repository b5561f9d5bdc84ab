/** How far a step is, as text. */

import { expect, test } from "vitest";
import { progressText } from "../../src/picture/progress-text.ts";

test.for([
  ["page 3 of 9", 0.339, "page 3 of 9 (33 %)"],
  ["page 3 of 9", null, "page 3 of 9"],
  ["", 1, "100 %"],
] as const)("%j and %j are %j", ([text, fraction, expected]) => {
  expect(progressText({ text, fraction })).toBe(expected);
});
