import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeTempFolder } from "../support/temp-folder.ts";

const heart = fileURLToPath(new URL("./quick-heart.ts", import.meta.url));
const program = fileURLToPath(new URL("./hanging-program.ts", import.meta.url));

test("a process whose main thread hangs is killed and started again, at the same port", async () => {
  await using folder = await makeTempFolder();
  const args = [heart, program, join(folder.path, "has-hung")];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  expect(stdout).toBe("port before: null\nport before: 4711\n");
  expect(stderr).toMatch(
    /^troupe: process \d+ gave no sign of life for 1 s and was killed; .*death 1 of 3/,
  );
});
