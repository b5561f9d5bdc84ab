import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readAtMost, readAtMostAside } from "../../src/files/bounded-file.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

test("a file is read whole, and no further than one byte beyond the limit", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "file");
  await writeFile(path, "x".repeat(100_000));
  expect(readAtMost(path, 100_000)).toHaveLength(100_000);
  expect(readAtMost(path, 99)).toHaveLength(100);
  await writeFile(path, "");
  expect(readAtMost(path, 99)).toHaveLength(0);
  expect(() => readAtMost(folder.path, 99)).toThrow(/EISDIR/);
});

test.skipIf(!existsSync("/dev/zero"))("a device without an end is read no further either", () => {
  expect(readAtMost("/dev/zero", 70_000)).toHaveLength(70_001);
});

test.skipIf(process.platform === "win32")(
  "a pipe is read to its end, and given up if nobody writes",
  async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, "pipe");
    execFileSync("mkfifo", [path]);
    expect(() => readAtMost(path, 99, { pipeMsMax: 20 })).toThrow(/ETIMEDOUT/);
    const writer = spawn("sh", ["-c", `(echo one; echo two) > "$0"`, path]);
    expect(readAtMost(path, 99, { pipeMsMax: 1_000_000 }).toString()).toBe("one\ntwo\n");
    await once(writer, "close");
    const slow = spawn("sh", ["-c", `(sleep 0.3; echo one; sleep 0.3; echo two) > "$0"`, path]);
    expect(readAtMost(path, 99, { pipeMsMax: 50_000 }).toString()).toBe("one\ntwo\n");
    await once(slow, "close");
    const mute = spawn("sh", ["-c", `sleep 0.3 > "$0"`, path]);
    expect(readAtMost(path, 99, { pipeMsMax: 50_000 })).toHaveLength(0);
    await once(mute, "close");
  },
);

test.skipIf(process.platform === "win32")(
  "a wait for a pipe is reported once, with its end",
  async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, "pipe");
    execFileSync("mkfifo", [path]);
    const waits: number[] = [];
    const options = { pipeMsMax: 200, silentMsMax: 1, onWait: (ms: number) => waits.push(ms) };
    expect(() => readAtMost(path, 99, options)).toThrow(/ETIMEDOUT/);
    expect(waits).toEqual([200]);
    expect(await readAtMostAside(path, 99, options)).toThrow(/ETIMEDOUT/);
    expect(waits).toEqual([200, 200]);
    await writeFile(join(folder.path, "file"), "x");
    expect(readAtMost(join(folder.path, "file"), 99, options).toString()).toBe("x");
    expect(waits).toHaveLength(2);
  },
);

test.skipIf(process.platform === "win32")(
  "the listeners of signals are away only while a pipe is waited for",
  async () => {
    await using folder = await makeTempFolder();
    const path = join(folder.path, "pipe");
    execFileSync("mkfifo", [path]);
    const listener = () => undefined;
    process.on("SIGTERM", listener);
    expect(() => readAtMost(path, 99, { pipeMsMax: 20, endsBySignal: true })).toThrow(/ETIMEDOUT/);
    expect(process.listeners("SIGTERM")).toContain(listener);
    process.off("SIGTERM", listener);
  },
);
