/**
 * What an error of the operating system means for a file of ours, and what helps. Node's text names no
 * path if a write fails, LanceDB's has a number in place of the code, and SQLite's has no cause. Pure.
 */

import { messageOf } from "./errors.ts";

interface SystemFault {
  /** Node's code. */
  readonly code: string;
  /** The number in LanceDB's text, on Linux; macOS has other ones for some, and then its own text is shown. */
  readonly number?: number;
  /** The primary one of SQLite, whose error has no cause. */
  readonly sqlite?: number;
  readonly meaning: string;
  readonly remedy: string;
}

const FAULTS: readonly SystemFault[] = [
  {
    code: "ENOSPC",
    number: 28,
    sqlite: 13,
    meaning: "the disk is full",
    remedy: "free space, or inodes",
  },
  {
    code: "EFBIG",
    number: 27,
    meaning: "the file would be larger than is allowed",
    remedy: "raise `ulimit -f`",
  },
  {
    code: "SQLITE_IOERR",
    sqlite: 10,
    meaning: "the disk cannot be read or written",
    remedy: "check the disk, its quota and `ulimit -f`",
  },
  {
    code: "EDQUOT",
    number: 122,
    meaning: "the disk quota is used up",
    remedy: "free space, or raise it",
  },
  {
    code: "EROFS",
    number: 30,
    meaning: "the file system is read-only",
    remedy: "mount it writable",
  },
  {
    code: "EACCES",
    number: 13,
    meaning: "permission denied",
    remedy: "change the owner or the mode",
  },
  { code: "EPERM", number: 1, meaning: "not permitted", remedy: "use another folder" },
  { code: "EMFILE", number: 24, meaning: "too many open files", remedy: "raise `ulimit -n`" },
  {
    code: "ENFILE",
    number: 23,
    meaning: "too many open files in the system",
    remedy: "raise fs.file-max",
  },
  { code: "EIO", number: 5, meaning: "the disk failed", remedy: "check the disk" },
  // Not with LanceDB's numbers: what has the name there may be a part of a table.
  { code: "EEXIST", meaning: "the name is taken", remedy: "move away what has it" },
  { code: "ENOTDIR", meaning: "not a folder", remedy: "move away what has its name" },
];

/** Undefined if the error is not one of the operating system, or its text says all. */
export function explainSystemFault(error: unknown): string | undefined {
  const found = findFault(error);
  return found && `${found.meaning} (${found.code}); ${found.remedy}`;
}

/** What helps, as an addition to the error's own text. */
export function remedyOf(error: unknown): string | undefined {
  return findFault(error)?.remedy;
}

/** The text, or else the error's own, with what helps if that is known. */
export function withRemedy(error: unknown, text = messageOf(error)): string {
  const remedy = remedyOf(error);
  return remedy === undefined ? text : `${text}; ${remedy}`;
}

function findFault(error: unknown): SystemFault | undefined {
  const { code, errcode, message } = error as Readonly<Record<string, unknown>>;
  // An extended code of SQLite has the primary one in its lowest byte.
  const sqlite = code === "ERR_SQLITE_ERROR" ? Number(errcode) & 0xff : undefined;
  const [, number] = /\(os error (\d+)\)/.exec(String(message)) ?? [];
  const isIt = (fault: SystemFault) =>
    fault.code === code ||
    (number !== undefined && fault.number === Number(number)) ||
    (sqlite !== undefined && fault.sqlite === sqlite);
  return FAULTS.find(isIt);
}
