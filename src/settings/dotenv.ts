/** Reads `.env` with Node's own parser, however an editor has saved it. */

import { parseEnv } from "node:util";
import { type ReadOptions, readAtMost, readAtMostAside } from "../files/bounded-file.ts";
import { TroupeError } from "../model/errors.ts";

/** As in a shell; Node's parser accepts it only with a single space. */
const EXPORT = /^[\t ]*export[\t ]+(?=[A-Za-z_]\w*[\t ]*=)/gm;

/** Largest file, in bytes. */
const FILE_BYTES_MAX = 2 ** 20;

/** In front of a line it makes an assignment of it, whose value opens no quotes. */
const PROBE = "TROUPE_LINE_";

export interface Dotenv {
  /** Names and texts; empty without a file. */
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly idleLines: readonly IdleLine[];
  /** Names whose value starts with a quote that nothing closes: Node's parser takes it for a part of the value. */
  readonly openQuotes: readonly string[];
}

/** A line that is neither `NAME=value` nor a comment, nor part of a quoted value: it sets nothing. */
export interface IdleLine {
  /** From 1 on. */
  readonly number: number;
  readonly text: string;
}

/** @throws {TroupeError} `SETTING_INVALID` for a file that cannot be read as text. */
export function readDotenv(path: string, options?: ReadOptions): Dotenv {
  return parseDotenv(path, () => readAtMost(path, FILE_BYTES_MAX, options));
}

/** {@link readDotenv} for a thread that has other work. Never rejects: the result throws in its place. */
export async function readDotenvAside(path: string): Promise<() => Dotenv> {
  const read = await readAtMostAside(path, FILE_BYTES_MAX);
  return () => parseDotenv(path, read);
}

function parseDotenv(path: string, read: () => Uint8Array): Dotenv {
  const bytes = readBytes(path, read);
  // Editors on Windows save as UTF-16, with or without a mark; no text in UTF-8 has a zero in it.
  if (isUtf16(bytes)) throw unreadable(path, "is UTF-16: save it as UTF-8");
  let text: string;
  try {
    // It drops a byte order mark, which would otherwise be part of the first name.
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, "is not UTF-8: save it as UTF-8", cause);
  }
  const lines = text.replaceAll(/\r\n?/g, "\n").replaceAll(EXPORT, "").split("\n");
  const values = parseEnv(lines.join("\n"));
  return { values, idleLines: findIdle(lines), openQuotes: findOpenQuotes(lines, values) };
}

function findOpenQuotes(lines: readonly string[], values: Dotenv["values"]): readonly string[] {
  return lines.flatMap((line) => {
    const [, name = "", quote = ""] = /^\s*([^\s=#]+)\s*=\s*(["'`])/.exec(line) ?? [];
    return quote !== "" && values[name]?.startsWith(quote) ? [name] : [];
  });
}

/**
 * Node's parser skips a line without a name and `=`. Only the parser knows which of them continue a quoted
 * value: those add no name with the probe in front of them.
 */
function findIdle(lines: readonly string[]): readonly IdleLine[] {
  const mayBeIdle = (line: string) => /^\s*[^\s#]/.test(line) && !/^\s*[^\s=][^=]*=/.test(line);
  const probed = lines.map((line, n) => (mayBeIdle(line) ? `${PROBE}${n}=_${line}` : line));
  const found = parseEnv(probed.join("\n"));
  return lines.flatMap((text, n) =>
    Object.hasOwn(found, `${PROBE}${n}`) ? [{ number: n + 1, text }] : [],
  );
}

function readBytes(path: string, read: () => Uint8Array): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = read();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return new Uint8Array();
    const text = code === "ETIMEDOUT" ? ", is a pipe to which nothing was written in time" : "";
    throw new TroupeError("SETTING_INVALID", `${path} must be a readable file${text}`, { cause });
  }
  if (bytes.length <= FILE_BYTES_MAX) return bytes;
  throw new TroupeError("SETTING_INVALID", `${path} must have at most ${FILE_BYTES_MAX} bytes`);
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
