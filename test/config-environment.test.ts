/** What native code finds in the environment of the process. */

import { afterEach, expect, test, vi } from "vitest";
import { provideEnvironment } from "../src/config.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

test("variables that are not set get their defaults", () => {
  vi.stubEnv("LANCE_TEST_SET", "1");
  vi.stubEnv("LANCE_TEST_MISSING", undefined);
  provideEnvironment({ LANCE_TEST_SET: "2", LANCE_TEST_MISSING: "2" });
  const { LANCE_TEST_SET, LANCE_TEST_MISSING } = process.env;
  expect([LANCE_TEST_SET, LANCE_TEST_MISSING]).toEqual(["1", "2"]);
});

test.each(["0", "-1", "many", " 1"])(
  "a number of threads of %j, which ends the process, gives way",
  (text) => {
    vi.stubEnv("LANCE_TEST_SET", text);
    provideEnvironment({ LANCE_TEST_SET: "2" });
    expect(process.env["LANCE_TEST_SET"]).toBe("2");
  },
);

test("a variable that must have another value gets it", () => {
  vi.stubEnv("LANCE_TEST_SET", "1");
  provideEnvironment({}, { LANCE_TEST_SET: "3" });
  expect(process.env["LANCE_TEST_SET"]).toBe("3");
});
