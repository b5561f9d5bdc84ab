/**
 * Small files of our own next to the tables. Nothing that somebody else puts in their place (a pipe, a
 * device, a link, a folder) makes anybody wait or is read without an end.
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { link, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Such a file has no more bytes; a longer one is not ours. */
const BYTES_MAX = 64 * 1024;

/** Its text; undefined if there is none, or something else. Never waits, never rejects. */
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
  /** Who may read and write it; by default its owner writes and everybody reads. */
  readonly mode?: number;
  /** True to refuse with `EEXIST` if anything has the name; by default the file takes its place. */
  readonly isNew?: boolean;
}

/** Puts a file with the text in its place, whole or not at all; one that fails leaves nothing behind. */
export async function writeWhole(
  path: string,
  text: string,
  { mode = 0o644, isNew = false }: WholeOptions = {},
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: "wx", mode });
    await (isNew ? link : rename)(draft, path);
  } finally {
    await rm(draft, { force: true }).catch(() => undefined);
  }
}
