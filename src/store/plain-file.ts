/**
 * Our own small files next to the tables. Anything put in their place (a pipe, a device, a link, a
 * folder) neither blocks a read nor makes it endless.
 */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm, writeFile } from "node:fs/promises";
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

/** Writes the whole text and replaces whatever has its name; a failed draft leaves nothing behind. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: "wx", mode: 0o644 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw error;
  }
}
