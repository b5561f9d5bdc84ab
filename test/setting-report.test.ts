import { expect, test } from "vitest";
import { SettingReport } from "../src/setting-report.ts";

function fileOf(values: Readonly<Record<string, string>>) {
  return { values, idleLines: [], openQuotes: [] };
}

test.each(["\ufeff\ufeffTROUPE_POLL_MS", "set TROUPE_POLL_MS", "troupe_poll_ms"])(
  "a file's name %j, which almost is a setting's, is not passed over",
  (name) => {
    const check = () =>
      new SettingReport(false).checkFileNames(fileOf({ [name]: "1000" }), "/a/.env");
    expect(check).toThrow(`${JSON.stringify(name)} in /a/.env is not a setting`);
    expect(check).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ nearest: "TROUPE_POLL_MS" }) }),
    );
  },
);

test("names that only have the word in them are of others", () => {
  const report = new SettingReport(false);
  const values = { MY_TROUPE_PORT: "x", troupe: "x", TROUPE_PORT: "1" };
  report.checkFileNames(fileOf(values), "/a/.env");
  // Other programs may use small letters in the environment, which is everybody's.
  report.checkNames({ troupe_poll_ms: "x" }, "the environment");
  expect(report.warnings).toEqual([]);
});
