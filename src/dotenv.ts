/** Reads `.env` with Node's own parser, however an editor has saved it. */

import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { TroupeError } from "./model/errors.ts";

/** As in a shell; Node's parser accepts it only with a single space. */
const EXPORT = /^[\t ]*export[\t ]+(?=[A-Za-z_]\w*[\t ]*=)/gm;

/** Names and texts of the file; empty without a file. */
export type Dotenv = Readonly<Record<string, string | undefined>>;

/** @throws {TroupeError} `SETTING_INVALID` for a file that cannot be read as text. */
export function readDotenv(path: string): Dotenv {
  const bytes = readBytes(path);
  // Editors on Windows save as UTF-16, with or without a mark; no text in UTF-8 has a zero in it.
  if (isUtf16(bytes)) throw unreadable(path, "is UTF-16: save it as UTF-8");
  let text: string;
  try {
    // It drops a byte order mark, which would otherwise be part of the first name.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, "is not UTF-8: save it as UTF-8", cause);
  }
  return parseEnv(text.replaceAll(/\r\n?/g, "\n").replaceAll(EXPORT, ""));
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return new Uint8Array();
    throw new TroupeError("SETTING_INVALID", `${path} must be a readable file`, { cause });
  }
}

function isUtf16(bytes: Uint8Array): boolean {
  const [first = 0, second = 0] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isMarked || bytes.includes(0);
}

function unreadable(path: string, problem: string, cause?: unknown): TroupeError {
  return new TroupeError("SETTING_INVALID", `${path} must be text in UTF-8, it ${problem}`, {
    cause,
  });
}
