/**
 * Our own small files next to the tables. Anything put in their place (a pipe, a device, a link, a
 * folder) neither blocks a read nor makes it endless.
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rename, rm, writeFile } from "node:fs/promises";
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
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder, and syncs its names with the files.
  if (process.platform === "win32") return;
  await using opened = await open(folder);
  await opened.sync();
}
