/**
 * Keys and passwords in the environment. What a process was started with can be read for its whole
 * life, by any of its threads and by any process of the same user (`/proc/<pid>/environ`), and its own
 * environment is in each of Node's reports. So a process that is to run agents takes what looks like a
 * secret out of it: it hands the secrets to itself in a nameless file in place of its standard input,
 * which it does not use, and becomes a new program in the same process with what is left.
 *
 * Invariant: from then on they are in the memory of this module alone, and in settings made from it.
 * Invariant: loads nothing but Node's own modules, because it is there before every start.
 */

import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";

export type Secrets = Readonly<Record<string, string>>;

/** Names that hold one: `OPENAI_API_KEY`, `TROUPE_TOKEN`, `AWS_ACCESS_KEY_ID`, `PGPASSWORD`, … */
const SECRET_NAME = /(?:key|token|secret|password|passwd|passphrase|credentials?|sas)s?(?:_id)?$/i;
/** What native code reads from the environment alone, at any time. */
const NEEDED_NAMES: ReadonlySet<string> = new Set(["AWS_CONTAINER_AUTHORIZATION_TOKEN"]);
/** Opens the file that hands secrets over, so that nothing else is taken for it. */
const OPENING = "troupe-secrets:";
const FILE_BYTES_MAX = 1024 * 1024;
/** Where a file is memory and never reaches a disk; elsewhere the folder for temporary files. */
const MEMORY_FOLDER = "/dev/shm";

let secrets: Secrets = {};

/** Secrets of the environment that this process was started with. Empty before {@link hideSecrets}. */
export function hiddenSecrets(): Secrets {
  return secrets;
}

/**
 * Takes the secrets out of the environment. May replace the running program by a new one with the same
 * arguments and process id, so nothing may be open yet; returns in the one that goes on.
 */
export function hideSecrets(): void {
  const found = findSecrets(process.env);
  let handedOver = takeHandedOver();
  // Once only: `--env-file` brings them back at each start of Node, though not to the kernel's copy.
  if (handedOver === undefined && Object.keys(found).length > 0) {
    becomeWithout(found);
    handedOver = takeHandedOver();
  }
  secrets = { ...handedOver, ...found };
  // Where the process could not be replaced, its own copy is gone at least.
  for (const name of Object.keys(found)) delete process.env[name];
}

/**
 * A file with the secrets, without a name, to be the standard input of a process below this one, which
 * takes them by {@link hideSecrets}. Undefined if there are none, or if no file can be made.
 */
export function openSecretsFile(): number | undefined {
  return Object.keys(secrets).length === 0 ? undefined : writeFile(secrets);
}

/** @returns those whose name says that they are secret */
export function findSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  const isSecret = ([name, value]: [string, string | undefined]) =>
    value && SECRET_NAME.test(name) && !NEEDED_NAMES.has(name);
  return Object.fromEntries(Object.entries(env).filter(isSecret)) as Secrets;
}

/** Does not return, unless it cannot be done here. */
function becomeWithout(found: Secrets): void {
  if (process.platform === "win32" || process.execve === undefined) return;
  const file = writeFile(found);
  if (file === undefined) return;
  const left = Object.entries(process.env).filter(([name]) => !Object.hasOwn(found, name));
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // Of all descriptors a new program keeps the standard three: the lowest free one is what is opened.
  closeSync(0);
  try {
    openSync(`/dev/fd/${file}`, "r");
    process.execve(process.execPath, args, Object.fromEntries(left) as Record<string, string>);
  } catch {
    if (!isOpen(0)) openSync(devNull, "r");
  }
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** Reads what an earlier program or the process above has put in place of standard input, and closes it. */
function takeHandedOver(): Secrets | undefined {
  try {
    const found = fstatSync(0);
    if (!found.isFile() || found.nlink !== 0 || found.size > FILE_BYTES_MAX) return undefined;
    const bytes = new Uint8Array(found.size);
    readSync(0, bytes, 0, found.size, 0);
    const text = new TextDecoder().decode(bytes);
    if (!text.startsWith(OPENING)) return undefined;
    closeSync(0);
    openSync(devNull, "r");
    return JSON.parse(text.slice(OPENING.length)) as Secrets;
  } catch {
    return undefined; // Somebody else's, or closed.
  }
}

/** In a file that never had content while it had a name. */
function writeFile(content: Secrets): number | undefined {
  for (const folder of [MEMORY_FOLDER, tmpdir()]) {
    try {
      const path = join(folder, `troupe-${randomUUID()}`);
      const file = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      writeSync(file, OPENING + JSON.stringify(content));
      return file;
    } catch {
      // Not here, then.
    }
  }
  return undefined;
}
