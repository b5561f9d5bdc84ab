/**
 * What an error of the operating system means for a file of ours, and what helps. Node's text names no
 * path if a write fails, and LanceDB's only the number. Pure.
 */

interface SystemFault {
  /** Node's code. */
  readonly code: string;
  /** The number in LanceDB's text, as Linux has it; macOS has others for some, and then its own text is shown. */
  readonly number: number;
  readonly remedy: string;
}

const FAULTS: readonly SystemFault[] = [
  {
    code: "ENOSPC",
    number: 28,
    remedy: "the disk is full: free some of it, or some of its inodes",
  },
  {
    code: "EDQUOT",
    number: 122,
    remedy: "the disk quota is used up: free some of it, or raise it",
  },
  { code: "EROFS", number: 30, remedy: "the file system is read-only: mount it writable" },
  { code: "EACCES", number: 13, remedy: "permission denied: change the owner or the mode" },
  { code: "EPERM", number: 1, remedy: "the system does not permit it: use another folder" },
  { code: "EMFILE", number: 24, remedy: "this process may open no more files: raise `ulimit -n`" },
  { code: "ENFILE", number: 23, remedy: "the system has no more open files: raise fs.file-max" },
  { code: "EIO", number: 5, remedy: "the disk failed to read or write: check the disk" },
  { code: "EEXIST", number: 17, remedy: "something else has this name: move it away" },
  { code: "ENOTDIR", number: 20, remedy: "a part of the path is not a folder" },
  { code: "ENAMETOOLONG", number: 36, remedy: "the path is too long" },
  { code: "ELOOP", number: 40, remedy: "its links lead in a circle" },
];

/** Undefined if the error is not one of the operating system, or its text says all. */
export function explainSystemFault(error: unknown): string | undefined {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const [, number] = /\(os error (\d+)\)/.exec(String(message)) ?? [];
  const found = FAULTS.find((fault) => fault.code === code || String(fault.number) === number);
  return found && `${found.remedy} (${found.code})`;
}
