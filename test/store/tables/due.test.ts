import { expect, test } from "vitest";
import { TIME_MS_MAX } from "../../../src/model/limits.ts";
import { isDue, isDueLater } from "../../../src/store/tables/due.ts";

test("an action is due without a time, once it has come, or if it cannot come", () => {
  expect(isDue(5.7)).toBe(
    `(not_before IS NULL) OR (not_before <= 5) OR (not_before > ${TIME_MS_MAX})`,
  );
  expect(isDueLater(5)).toBe(`(not_before > 5) AND (not_before <= ${TIME_MS_MAX})`);
});
