import { expect, test } from "vitest";
import { requireDescriptors, requireMemoryFigures, workingFolder } from "../src/system-check.ts";

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

test("the working directory is the process's", () => {
  expect(workingFolder()).toBe(process.cwd());
});
