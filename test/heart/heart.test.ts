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

test.each([
  {
    name: "the C library returns memory soon, and takes huge pages for large blocks",
    given: undefined,
    expected: /^glibc\.malloc\.hugetlb=1:.*trim_threshold=4194304:.*mmap_threshold=4194304\n$/,
  },
  {
    name: "an environment with settings of its own for the C library keeps them",
    given: "glibc.malloc.check=0",
    expected: /^glibc\.malloc\.check=0\n$/,
  },
])("$name", async ({ given, expected }) => {
  const args = [heart, fileURLToPath(new URL("./tunables-program.ts", import.meta.url))];
  const { GLIBC_TUNABLES: _own, ...others } = process.env;
  const env = given === undefined ? others : { ...others, GLIBC_TUNABLES: given };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toMatch(expected);
});
