import { expect, test } from "vitest";
import {
  requireAddresses,
  requireDescriptors,
  requireMemoryFigures,
  workingFolder,
} from "../src/system-check.ts";

test("the memory of the process must be readable", () => {
  requireMemoryFigures();
  const read = () => {
    throw Object.assign(new Error("ENOENT: uv_resident_set_memory"), { code: "ENOENT" });
  };
  expect(() => requireMemoryFigures(read)).toThrow(
    expect.objectContaining({ code: "SYSTEM_UNUSABLE", message: expect.stringContaining("/proc") }),
  );
});

test("a start needs some files", () => {
  requireDescriptors(128);
  requireDescriptors(Number.POSITIVE_INFINITY);
  expect(() => requireDescriptors(40)).toThrow(
    expect.objectContaining({
      code: "SYSTEM_UNUSABLE",
      message: "this process may open 40 files; a start needs 128: raise `ulimit -n`",
    }),
  );
});

test("a start needs addresses, of which V8 reserves many", () => {
  requireAddresses(12 * 2 ** 30);
  requireAddresses(Number.POSITIVE_INFINITY);
  expect(() => requireAddresses(2_048_000_000)).toThrow(
    expect.objectContaining({
      code: "SYSTEM_UNUSABLE",
      message:
        "this process may reserve 2000000 KiB of addresses; a start needs 12582912, and each agent 1 GiB: `ulimit -v unlimited`, and limit its memory with a control group",
    }),
  );
});

test("the working directory is the process's", () => {
  expect(workingFolder()).toBe(process.cwd());
});
