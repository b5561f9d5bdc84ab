import { expect, test } from "vitest";
import { requireMemoryFigures, workingFolder } from "../src/system-check.ts";

test("the memory of the process must be readable", () => {
  requireMemoryFigures();
  const read = () => {
    throw Object.assign(new Error("ENOENT: uv_resident_set_memory"), { code: "ENOENT" });
  };
  expect(() => requireMemoryFigures(read)).toThrow(
    expect.objectContaining({ code: "SYSTEM_UNUSABLE", message: expect.stringContaining("/proc") }),
  );
});

test("the working directory is the process's", () => {
  expect(workingFolder()).toBe(process.cwd());
});
