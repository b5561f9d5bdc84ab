/**
 * The file with the token of a database: made at the first start, readable only by its owner, and read by
 * the CLI. It appears whole or not at all.
 */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeWhole } from "../../files/plain-file.ts";
import { TroupeError } from "../../model/errors.ts";
import { explainSystemFault } from "../../model/system-fault.ts";

const TOKEN_BYTES = 32;
/** Longest file that is read. */
const TOKEN_FILE_BYTES_MAX = 1_024;

/** @param folder see `TROUPE_LOCAL` */
export function tokenPath(folder: string): string {
  return join(folder, "token");
}

/**
 * The token in the file, which is made if it is missing or empty. Only for the process that holds the
 * lock.
 * @throws {TroupeError} `TOKEN_FILE_UNUSABLE`.
 */
export async function keepToken(path: string): Promise<string> {
  const kept = await readToken(path);
  if (kept !== undefined) return kept;
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  try {
    await mkdir(dirname(path), { recursive: true });
    await removeEmpty(path);
    await writeWhole(path, `${token}\n`, { mode: 0o600, isNew: true, isSynced: true });
    return token;
  } catch (cause) {
    const other = isCode(cause, "EEXIST") ? await readToken(path) : undefined;
    if (other !== undefined) return other;
    const why = explainSystemFault(cause);
    const expected = "must be a writable file";
    throw unusable(path, why === undefined ? expected : `${expected}, but ${why}`, cause);
  }
}

/**
 * The token in the file; undefined if there is none, or the file is empty.
 * @throws {TroupeError} `TOKEN_FILE_UNUSABLE` for a link, a file that others may read, or one that
 * holds no token.
 */
export async function readToken(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe to read would block.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    await using file = await open(path, flags);
    const stat = await file.stat();
    if (!stat.isFile()) throw unusable(path, "must be a plain file");
    // Windows has no such modes.
    if (process.platform !== "win32" && (stat.mode & 0o077) !== 0) {
      const mode = (stat.mode & 0o777).toString(8);
      throw unusable(path, `must be accessible only to its owner (chmod 600), has mode ${mode}`);
    }
    const text = stat.size > TOKEN_FILE_BYTES_MAX ? "" : await file.readFile("utf8");
    if (stat.size === 0) return undefined; // a power cut has taken its content
    if (/^[!-~]{16,512}$/.test(text.trim())) return text.trim();
    throw unusable(
      path,
      "must hold a token of 16 to 512 visible characters; remove it to have a new one made",
    );
  } catch (cause) {
    if (cause instanceof TroupeError) throw cause;
    if (isCode(cause, "ENOENT")) return undefined;
    if (isCode(cause, "ELOOP")) throw unusable(path, "must be a plain file, is a link");
    throw unusable(path, "must be a readable file", cause);
  }
}

/** No other process makes a token meanwhile. */
async function removeEmpty(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size > 0) return;
  await rm(path, { force: true });
}

function isCode(thrown: unknown, code: string): boolean {
  return (thrown as NodeJS.ErrnoException | null)?.code === code;
}

function unusable(path: string, expected: string, cause?: unknown): TroupeError {
  return new TroupeError("TOKEN_FILE_UNUSABLE", `${path} ${expected}`, {
    cause,
    details: { path },
  });
}
