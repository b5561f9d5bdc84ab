import { link, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overwriteNote, readNote, syncFolder } from "../../src/files/plain-file.ts";
import { makeTempFolder, type TempFolder } from "../support/temp-folder.ts";

let folder: TempFolder;
let path: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  path = join(folder.path, "note");
});
afterAll(() => folder[Symbol.asyncDispose]());

describe("a note", () => {
  test("is written in place, and can be shorter than the one before", async () => {
    await overwriteNote(path, "the first line", { isSynced: true });
    const { ino } = await stat(path);
    await overwriteNote(path, "short", { isSynced: true });
    expect(await readNote(path)).toBe("short");
    expect((await stat(path)).ino).toBe(ino);
    expect(await readdir(folder.path)).toEqual(["note"]);
  });

  test("of an earlier version of Troupe has its line once", async () => {
    await writeFile(path, "once\n");
    expect(await readNote(path)).toBe("once");
  });

  test.each([
    ["cut off", "line 1\nline"],
    ["a mix of two", "line 2\nline 1\n"],
    ["not written yet", `line 2\n${"\0".repeat(7)}`],
  ])("that is %s has no line", async (_, text) => {
    await writeFile(path, text);
    expect(await readNote(path)).toBeUndefined();
  });

  test("does not change the copy that a backup has by a second name", async () => {
    await writeFile(path, "old\n");
    await link(path, `${path}.backup`);
    await overwriteNote(path, "new");
    expect(await readFile(`${path}.backup`, "utf8")).toBe("old\n");
    expect(await readNote(path)).toBe("new");
    await rm(`${path}.backup`);
  });

  test("replaces a link, and not what it leads to", async () => {
    const other = join(folder.path, "other");
    await writeFile(other, "other\n");
    await rm(path);
    await symlink(other, path);
    await overwriteNote(path, "new");
    expect(await readFile(other, "utf8")).toBe("other\n");
    expect(await readNote(path)).toBe("new");
  });

  test("is refused by a folder", async () => {
    await rm(path);
    await mkdir(path);
    await expect(overwriteNote(path, "new")).rejects.toMatchObject({ syscall: "rename" });
    expect(await readNote(path)).toBeUndefined();
  });
});

// Linux refuses to sync this file system's folders with EINVAL, as some network mounts do.
test.runIf(process.platform === "linux")(
  "a folder of a file system that syncs none is no fault, a missing one is",
  async () => {
    await syncFolder("/proc");
    await expect(syncFolder(join(folder.path, "missing"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  },
);
