import { expect, test } from "vitest";
import { explainSystemFault, remedyOf } from "../../src/model/system-fault.ts";

test("an error is known by Node's code, or by the number in LanceDB's text", () => {
  const node = Object.assign(new Error("ENOSPC: no space left on device, write"), {
    code: "ENOSPC",
  });
  const lance = new Error("LanceError(IO): No space left on device (os error 28)");
  const text = "the disk is full (ENOSPC); free space, or inodes";
  expect([node, lance].map(explainSystemFault)).toEqual([text, text]);
  expect(explainSystemFault(new Error("Read-only file system (os error 30)"))).toMatch("(EROFS)");
});

test("an error of SQLite is known by its primary code", () => {
  const sqlite = (errcode: number) =>
    remedyOf(Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode }));
  expect([10, 778, 13, 5].map(sqlite)).toEqual([
    "check the disk, its quota and `ulimit -f`",
    "check the disk, its quota and `ulimit -f`",
    "free space, or inodes",
    undefined,
  ]);
});

test("what has the name of a file is to be moved away only if Node says so, and not LanceDB", () => {
  const taken = Object.assign(new Error("EEXIST: file already exists"), { code: "EEXIST" });
  expect(remedyOf(taken)).toBe("move away what has it");
  expect(remedyOf(new Error("File exists (os error 17)"))).toBeUndefined();
});

test("other errors, and other numbers, are not explained", () => {
  const others = [
    new Error("conflict"),
    new Error("gone (os error 2)"),
    new Error("there (os error 17)"),
    { code: 28 },
    "text",
  ];
  expect(others.map(explainSystemFault)).toEqual(others.map(() => undefined));
});
