/**
 * Our own small files next to the tables. Anything put in their place (a pipe, a device, a link, a
 * folder) neither blocks a read nor makes it endless.
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A longer file is not ours. */
const BYTES_MAX = 64 * 1024;

/** The file's text; undefined if there is none, or something else. Never blocks, never rejects. */
export async function readPlain(path: string): Promise<string | undefined> {
  try {
    // Opening a pipe to read would block.
    await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await file.stat();
    return found.isFile() && found.size <= BYTES_MAX ? await file.readFile("utf8") : undefined;
  } catch {
    return undefined;
  }
}

export interface WholeOptions {
  /** File mode; by default the owner writes and everybody reads. */
  readonly mode?: number;
  /** Fails with `EEXIST` if the name is taken; by default the file replaces whatever has it. */
  readonly isNew?: boolean;
  /** Resolves once the file survives a power cut, its name included. */
  readonly isSynced?: boolean;
}

/** Puts a file with the whole text in place, or fails and leaves nothing behind. */
export async function writeWhole(
  path: string,
  text: string,
  { mode = 0o644, isNew = false, isSynced = false }: WholeOptions = {},
): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${process.pid}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: "wx", mode, flush: isSynced });
    await (isNew ? link : rename)(draft, path);
    if (isSynced) await syncFolder(folder);
  } catch (cause) {
    const { message, code, path: named } = cause as NodeJS.ErrnoException;
    if (named !== undefined) throw cause;
    // Node names no path if a write fails.
    throw Object.assign(new Error(`${path} cannot be written: ${message}`, { cause }), { code });
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

/** The line of a note, see {@link overwriteNote}; undefined if there is none, or it is not whole. */
export async function readNote(path: string): Promise<string | undefined> {
  const [first, ...others] = (await readPlain(path))?.trimEnd().split("\n") ?? [];
  return others.every((line) => line === first) ? first : undefined;
}

/**
 * Writes one line over a file, in place: a draft that is there for a moment only would fail whoever copies the
 * folder meanwhile. The line is written twice, so that a reader recognises a mix of an old and a new one, which
 * a copy or a power cut may leave.
 */
export async function overwriteNote(
  path: string,
  line: string,
  { isSynced = false }: Pick<WholeOptions, "isSynced"> = {},
): Promise<void> {
  const text = `${line}\n${line}\n`;
  await using note = await openNote(path);
  if (note === undefined) return await writeWhole(path, text, { isSynced });
  const { file, isNew } = note;
  await file.write(text, 0);
  await file.truncate(Buffer.byteLength(text));
  if (isSynced) await file.sync();
  if (isSynced && isNew) await syncFolder(dirname(path));
}

interface OpenNote extends AsyncDisposable {
  readonly file: FileHandle;
  readonly isNew: boolean;
}

/** Undefined if something else has the name, or the file has a second one. Never blocks. */
async function openNote(path: string): Promise<OpenNote | undefined> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const openAs = (flags: number) =>
    open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | flags, 0o644).catch(() => undefined);
  const made = await openAs(O_CREAT | O_EXCL);
  const file = made ?? (await openAs(0));
  if (file === undefined) return undefined;
  const opened = { file, isNew: made !== undefined, [Symbol.asyncDispose]: () => file.close() };
  const found = await file.stat();
  if (found.isFile() && found.nlink === 1) return opened;
  await file.close();
  return undefined;
}

/**
 * Codes of folders that cannot be synced: on some file systems, such as some that are mounted over a network,
 * none can, and of a folder that may not be read the names were made by others.
 */
const FOLDER_UNSYNCED: ReadonlySet<string | undefined> = new Set([
  "EINVAL",
  "ENOTSUP",
  "EPERM",
  "EACCES",
]);

/** Brings the names in a folder to the disk, if that is possible there. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder, and syncs its names with the files.
  if (process.platform === "win32") return;
  try {
    await using opened = await open(folder);
    await opened.sync();
  } catch (error) {
    if (!FOLDER_UNSYNCED.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}
