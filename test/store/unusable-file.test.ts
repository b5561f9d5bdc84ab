import { expect, test } from "vitest";
import { unusableFile } from "../../src/store/unusable-file.ts";

test("a file that cannot be used is named, with what helps if that is known", () => {
  const full = Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
  const errors = [full, new Error("no such lock"), "text"].map((cause) =>
    unusableFile("the lock cannot be noted", "/db/lock", cause),
  );
  expect(errors.map(({ message }) => message)).toEqual([
    "the lock cannot be noted: ENOSPC: no space left; free space, or inodes",
    "the lock cannot be noted: no such lock",
    "the lock cannot be noted: text",
  ]);
  expect(errors[0]).toMatchObject({ code: "DATABASE_UNUSABLE", details: { path: "/db/lock" } });
});
