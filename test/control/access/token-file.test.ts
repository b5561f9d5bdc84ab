import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { keepToken, readToken, tokenPath } from "../../../src/control/access/token-file.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { copyAfterPowerCut, SyncedState } from "../../support/unsynced-copy.ts";

const TOKEN = "0123456789abcdef";
const unusable = { code: "TOKEN_FILE_UNUSABLE" };

test("the token is made once, for its owner alone, and nothing else is left behind", async () => {
  await using folder = await makeTempFolder();
  const path = join(folder.path, "new/token");
  const token = await keepToken(path);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(folder.path, "new"))).toEqual(["token"]);
  expect(await keepToken(path)).toBe(token);
  expect(await readToken(path)).toBe(token);
  expect(await readFile(path, "utf8")).toBe(`${token}\n`);
});

test("processes that make the token at the same time agree on one", async () => {
  await using folder = await makeTempFolder();
  const path = tokenPath(folder.path);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => keepToken(path)));
  expect(new Set(tokens).size).toBe(1);
  expect(await readdir(folder.path)).toEqual(["token"]);
});

test("a pipe in its place is refused, without waiting for it", async () => {
  await using folder = await makeTempFolder();
  const path = tokenPath(folder.path);
  execFileSync("mkfifo", ["-m", "600", path]);
  await expect(readToken(path)).rejects.toMatchObject(unusable);
});

test("there is no token without a file", async () => {
  await using folder = await makeTempFolder();
  expect(await readToken(tokenPath(folder.path))).toBeUndefined();
});

test("a link is not followed, whether it leads somewhere or nowhere", async () => {
  await using folder = await makeTempFolder();
  const path = tokenPath(folder.path);
  const target = join(folder.path, "elsewhere");
  await symlink(target, path);
  await expect(keepToken(path)).rejects.toMatchObject(unusable);
  expect(await readdir(folder.path)).toEqual(["token"]);
  await writeFile(target, TOKEN, { mode: 0o600 });
  await expect(keepToken(path)).rejects.toMatchObject(unusable);
});

test.each([0o640, 0o604, 0o666, 0o610])("a file of mode %o is not trusted", async (mode) => {
  await using folder = await makeTempFolder();
  const path = tokenPath(folder.path);
  await writeFile(path, TOKEN);
  await chmod(path, mode);
  await expect(keepToken(path)).rejects.toMatchObject({
    ...unusable,
    message: expect.stringContaining(`has mode ${mode.toString(8)}`),
  });
});

test("a file that a power cut left empty gets a token", async () => {
  await using folder = await makeTempFolder();
  const path = tokenPath(folder.path);
  await writeFile(path, "", { mode: 0o600 });
  expect(await readToken(path)).toBeUndefined();
  const token = await keepToken(path);
  expect(await readToken(path)).toBe(token);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test.each(["short", `two ${TOKEN}`, "x".repeat(2_000), `${TOKEN}\n${TOKEN}`])(
  "a file that holds no token is told and left alone: %j",
  async (content) => {
    await using folder = await makeTempFolder();
    const path = tokenPath(folder.path);
    await writeFile(path, content, { mode: 0o600 });
    const error = await keepToken(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject(unusable);
    expect(String(error)).not.toContain(TOKEN);
    expect(await readFile(path, "utf8")).toBe(content);
  },
);

test("a folder in its place is reported", async () => {
  await using folder = await makeTempFolder();
  await mkdir(tokenPath(folder.path));
  await expect(keepToken(tokenPath(folder.path))).rejects.toMatchObject(unusable);
});

// The observer of syncs reads the names of a folder as Linux shows them.
test.skipIf(process.platform !== "linux")(
  "a new token and its name are on the disk before it is used",
  async () => {
    await using folder = await makeTempFolder();
    const [local, log, copy] = [
      join(folder.path, "local"),
      join(folder.path, "log"),
      join(folder.path, "copy"),
    ];
    await mkdir(local);
    const module = new URL("../../../src/control/access/token-file.ts", import.meta.url);
    const code = `
      import { writeFileSync } from "node:fs";
      import { keepToken } from "${module}";
      await keepToken("${local}/token");
      writeFileSync("${local}/unsynced", "");`;
    const observer = fileURLToPath(new URL("../../support/sync-log.ts", import.meta.url));
    const args = ["--import", observer, "--input-type=module", "--eval", code];
    execFileSync(process.execPath, args, { env: { ...process.env, SYNC_LOG: log } });
    const synced = new SyncedState();
    synced.addLog(log);
    // The chance at which everything unsynced is lost.
    copyAfterPowerCut({ source: local, target: copy, synced, chance: () => 0.29 });
    expect(await readdir(copy)).toEqual(["token"]);
    expect(await readToken(join(copy, "token"))).toBe(await readToken(join(local, "token")));
  },
);
