/** Starts on a system that lacks something: each ends with one line that names it, and with no stack. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import { Program, type ProgramOptions } from "../support/program.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const entry = fileURLToPath(new URL("../../dist/troupe.js", import.meta.url));
/** With the heart: it must not repeat such a start. */
const args = ["start"];

/** The whole output of a start that fails. */
async function refused(options: Omit<ProgramOptions, "cwd">): Promise<readonly string[]> {
  await using folder = await makeTempFolder();
  await using program = new Program({ cwd: folder.path, args, ...options });
  expect(await program.exited()).toBe(1);
  return program.lines;
}

test.each([
  ["TOKIO_WORKER_THREADS", "0", "a whole number from 1 to 1024"],
  ["LANCE_CPU_THREADS", "99999999999", "a whole number from 1 to 1024"],
  ["LANCE_MAX_IOP_SIZE", "0", "a whole number from 1 to"],
  ["LANCE_DEFAULT_BATCH_SIZE", "0", "a whole number from 1 to"],
  ["LANCE_ENCODING_DICT_SIZE_RATIO", "1.5", "a number above 0, up to 1"],
  ["LANCE_ENCODING_DICT_VALUES_COMPRESSION", "fsst", "lz4, zstd or none"],
])(
  "%s=%s, with which LanceDB ends the process, is ignored with a warning",
  async (name, value, expected) => {
    await using folder = await makeTempFolder();
    await using program = new Program({ cwd: folder.path, args, env: { [name]: value } });
    await program.line(/^Troupe serves at /);
    expect(program.output).toContain(`ignored ${name} in the environment: must be ${expected}`);
  },
);

test("an empty variable of LanceDB counts as not set", async () => {
  await using folder = await makeTempFolder();
  const env = { TOKIO_WORKER_THREADS: "", LANCE_MAX_IOP_SIZE: "", LANCE_CPU_THREADS: "" };
  await using program = await Program.start({ cwd: folder.path, env });
  expect(await program.end()).toBe(0);
});

test.skipIf(!existsSync("/proc/self"))(
  "a database where no folder can be made is refused",
  async () => {
    const lines = await refused({ args: ["start", "--no-heart", "--db", "/proc/fleet"] });
    expect(lines).toEqual([expect.stringMatching(/DATABASE_UNUSABLE.*\/proc\/fleet/)]);
  },
);

test("a table whose column another program has made unfit ends the start at once", async () => {
  await using folder = await makeTempFolder();
  const connection = await connect(folder.path);
  await connection.createTable("queue", [{ id: "1", created_at: "now" }]);
  connection.close();
  const lines = await refused({ args: ["start", "--db", folder.path] });
  const told = lines.filter((line) => line.includes("DATABASE_UNUSABLE"));
  expect(told).toEqual([
    expect.stringMatching(
      /table queue: column created_at must be Int64, but is Utf8; give the column/,
    ),
  ]);
  expect(lines.join("\n")).not.toContain("restarting");
});

test.skipIf(process.platform === "win32")(
  "a working directory that was removed is named",
  async () => {
    await using folder = await makeTempFolder();
    const cwd = join(folder.path, "gone");
    for (const command of ["start", "init", "agent list"]) {
      await mkdir(cwd);
      const script = `rmdir "$PWD" && exec "$0" "$1" ${command}`;
      const run = promisify(execFile)("sh", ["-c", script, process.execPath, entry], { cwd });
      await expect(run).rejects.toMatchObject({
        code: 1,
        stderr:
          "troupe: SYSTEM_UNUSABLE: the working directory was removed; change to one that is there\n",
      });
    }
  },
);
