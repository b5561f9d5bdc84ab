/** Reads the folder of own BAML files. */

import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { readAtMost } from "../../files/bounded-file.ts";
import { TroupeError } from "../../model/errors.ts";
import type { BamlFiles } from "./declarations.ts";

const FILES_MAX = 1_000;
const BYTES_MAX = 4 * 1024 ** 2;

/**
 * All `.baml` files in the folder and in folders below it, by their paths as a message shows them:
 * relative to the working directory if they are in it.
 * @throws {TroupeError} `SETTING_INVALID` if there is no such folder, `PROMPT_INVALID` if a file cannot be
 * read, or if they are too many or too large.
 */
export async function readPromptFiles(folder: string): Promise<BamlFiles> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    const problem = found === undefined ? "does not exist" : "is not a folder";
    throw new TroupeError("SETTING_INVALID", `TROUPE_BAML must be a folder, ${folder} ${problem}`);
  }
  const paths = await findFiles(folder);
  if (paths.length > FILES_MAX) throw tooMuch(folder, `${FILES_MAX} files`, paths.length);
  const files: Record<string, string> = {};
  let bytes = 0;
  for (const path of paths) {
    const content = readBytes(path);
    bytes += content.length;
    if (bytes > BYTES_MAX) throw tooMuch(folder, `${BYTES_MAX / 1024 ** 2} MiB`, bytes);
    files[shownPath(path)] = decode(path, content);
  }
  return files;
}

function readBytes(path: string): Uint8Array {
  try {
    return readAtMost(path, BYTES_MAX);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw unusable(path, `cannot be read: ${code ?? message}`, cause);
  }
}

/** Without a byte order mark, which BAML does not know. */
function decode(path: string, content: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch (cause) {
    throw unusable(path, "is not UTF-8: save it as UTF-8", cause);
  }
}

function unusable(path: string, problem: string, cause: unknown): TroupeError {
  const details = { file: path };
  return new TroupeError("PROMPT_INVALID", `${shownPath(path)} ${problem}`, { cause, details });
}

/** In the order of their paths. Links to folders are not followed, which ends at any depth. */
async function findFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.name.endsWith(".baml") && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** With slashes, as in BAML's messages. */
function shownPath(path: string): string {
  const inside = relative(process.cwd(), path);
  const shown = inside.startsWith("..") ? path : inside;
  return shown.split(sep).join("/");
}

function tooMuch(folder: string, limit: string, found: number): TroupeError {
  return new TroupeError(
    "PROMPT_INVALID",
    `${shownPath(folder)} may have at most ${limit} of BAML, it has ${found}`,
  );
}
