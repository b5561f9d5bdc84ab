import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { makeTempFolder } from "../support/temp-folder.ts";

const run = promisify(execFile);
const source = (name: string) => fileURLToPath(new URL(`../../src/store/${name}`, import.meta.url));
/** To root every file is writable, and the folder for temporary files may be root's alone. */
const isRoot = process.getuid?.() === 0;
const parent = isRoot ? "/tmp" : tmpdir();
/** Nobody, once the module is loaded: the sources may be root's alone, too. */
const leaveRoot = isRoot
  ? "process.setgroups([]); process.setgid(65534); process.setuid(65534);"
  : "";

/** What a call to a module of the store ends with, in a process of a user who owns nothing. */
async function asNobody(module: string, call: string): Promise<string> {
  const code = `const store = await import(${JSON.stringify(source(module))});
    ${leaveRoot}
    try { store.${call}; console.log("done"); } catch (error) { console.log(error.message); }`;
  const args = ["--input-type=module", "-e", code];
  return (await run(process.execPath, args, { cwd: "/", env: {} })).stdout.trim();
}

function makeDatabase(path: string): void {
  using database = new DatabaseSync(path);
  database.exec("CREATE TABLE entries (seq INTEGER PRIMARY KEY)");
}

test("a lock and a journal of another user are refused with the cause, and what helps", async () => {
  await using folder = await makeTempFolder(parent);
  await chmod(folder.path, 0o755);
  const lock = join(folder.path, "troupe.sqlite");
  const journal = join(folder.path, "journal.sqlite");
  makeDatabase(lock);
  makeDatabase(journal);
  for (const path of [lock, journal]) await chmod(path, 0o444);
  const tryTake = `KernelLock.tryTake(${JSON.stringify(lock)})`;
  const take = await asNobody("ownership/kernel-lock.ts", tryTake);
  expect(take).toBe(`EACCES: permission denied, access '${lock}'`);
  const checkIn = (path: string) =>
    asNobody("journal/check-journal.ts", `checkJournalFile(${JSON.stringify(path)})`);
  const denied = "EACCES: permission denied, access";
  const helps = "change the owner or the mode";
  expect(await checkIn(folder.path)).toBe(
    `the journal ${journal} cannot be written: ${denied} '${journal}'; ${helps}`,
  );
  await chmod(journal, 0o666);
  await writeFile(`${journal}-wal`, "");
  await chmod(`${journal}-wal`, 0o444);
  expect(await checkIn(folder.path)).toContain(`${denied} '${journal}-wal'`);
  await chmod(`${journal}-wal`, 0o666);
  await chmod(folder.path, 0o555);
  expect(await checkIn(folder.path)).toContain(`${denied} '${folder.path}'`);
  await chmod(folder.path, 0o777);
  expect(await checkIn(folder.path)).toBe("done");
  const unmade = join(folder.path, "unmade");
  expect(await checkIn(unmade)).toBe("done");
  await mkdir(unmade);
  await chmod(unmade, 0o555);
  const inIt = join(unmade, "troupe.sqlite");
  const made = await asNobody(
    "ownership/kernel-lock.ts",
    `KernelLock.tryTake(${JSON.stringify(inIt)})`,
  );
  expect(made).toBe(`${denied} '${unmade}'`);
});
