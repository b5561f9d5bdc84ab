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
