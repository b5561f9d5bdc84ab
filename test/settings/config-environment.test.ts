/** What native code finds in the environment of the process. */

import { afterEach, expect, test, vi } from "vitest";
import {
  dropUnusable,
  exemptLoopback,
  findUnusable,
  provideEnvironment,
} from "../../src/native-environment.ts";

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

const forms = { LANCE_TEST_SET: { expected: "even", isValid: (text: string) => text === "2" } };

test("a value that native code does not survive is taken out with a warning", () => {
  vi.stubEnv("LANCE_TEST_SET", "0");
  expect(findUnusable(forms)).toBe('LANCE_TEST_SET in the environment must be even, got "0"');
  expect(dropUnusable(forms)).toEqual([
    'ignored LANCE_TEST_SET in the environment: must be even, got "0", with which the database\'s library would end the process',
  ]);
  expect(process.env["LANCE_TEST_SET"]).toBeUndefined();
});

test("an empty value counts as not set, and a valid one stays", () => {
  vi.stubEnv("LANCE_TEST_SET", "");
  expect(dropUnusable(forms)).toEqual([]);
  expect(process.env["LANCE_TEST_SET"]).toBeUndefined();
  vi.stubEnv("LANCE_TEST_SET", "2");
  expect(findUnusable(forms)).toBeUndefined();
  expect(dropUnusable(forms)).toEqual([]);
  expect(process.env["LANCE_TEST_SET"]).toBe("2");
});

test("a variable that must have another value gets it", () => {
  vi.stubEnv("LANCE_TEST_SET", "1");
  provideEnvironment({}, { LANCE_TEST_SET: "3" });
  expect(process.env["LANCE_TEST_SET"]).toBe("3");
});

test.each([
  [undefined, "127.0.0.1,::1,localhost"],
  ["a.example", "a.example,127.0.0.1,::1,localhost"],
  ["a.example, 127.0.0.1", "a.example, 127.0.0.1"],
  ["*", "*,127.0.0.1,::1,localhost"],
])("with NO_PROXY %j loopback is exempt by its address", (given, expected) => {
  vi.stubEnv("NO_PROXY", given);
  vi.stubEnv("no_proxy", undefined);
  exemptLoopback();
  expect(process.env["NO_PROXY"]).toBe(expected);
});
