/**
 * Keys and passwords in the environment. A process's initial environment can be read for its whole life,
 * by any of its threads and by any process of the same user (`/proc/<pid>/environ`), and is in each of
 * Node's reports. Therefore a process that runs agents removes its secrets: it passes them to itself in a
 * nameless file in place of its standard input, which it does not use, and executes itself again in the
 * same process with the rest of the environment.
 *
 * Invariant: from then on they are only in the memory of this module, and in settings made from it.
 * Invariant: loads nothing but Node's own modules, because it delays every start.
 */

import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";

export type Secrets = Readonly<Record<string, string>>;

/** Names of secrets: `OPENAI_API_KEY`, `TROUPE_TOKEN`, `PGPASSWORD`, OpenTelemetry's headers, … */
const SECRET_NAME =
  /(?:key|token|secret|password|passwd|passphrase|credentials?|sas)s?(?:_id)?$|^OTEL_EXPORTER_OTLP_(?:[A-Z]+_)?HEADERS$/i;
/** Names that native code reads only from the environment, at any time. */
const NEEDED_NAMES: ReadonlySet<string> = new Set(["AWS_CONTAINER_AUTHORIZATION_TOKEN"]);
/** The first bytes of the file with the secrets, which identify it. */
const OPENING = "troupe-secrets:";
const FILE_BYTES_MAX = 1024 * 1024;
/** Files here are memory and never reach a disk; without it, the folder for temporary files. */
const MEMORY_FOLDER = "/dev/shm";

let secrets: Secrets = {};

/** Secrets of the environment that this process was started with. Empty before {@link hideSecrets}. */
export function hiddenSecrets(): Secrets {
  return secrets;
}

/**
 * Removes the secrets from the environment. May replace the running program by a new one with the same
 * arguments and process id, so nothing may be open yet; returns in the last one.
 */
export function hideSecrets(): void {
  const found = findSecrets(process.env);
  let handedOver = takeHandedOver();
  // Only once: `--env-file` restores them at each start of Node, but not in the kernel's copy.
  if (handedOver === undefined && Object.keys(found).length > 0) {
    becomeWithout(found);
    handedOver = takeHandedOver();
  }
  secrets = { ...handedOver, ...found };
  // If the process could not be replaced, at least Node's copy is gone.
  for (const name of Object.keys(found)) delete process.env[name];
}

/**
 * A nameless file with the secrets as standard input for a child process, which takes them with
 * {@link hideSecrets}. Undefined if there are none, or if no file can be made.
 */
export function openSecretsFile(): number | undefined {
  return Object.keys(secrets).length === 0 ? undefined : writeFile(secrets);
}

/** By their names. */
export function findSecrets(env: Readonly<Record<string, string | undefined>>): Secrets {
  const isSecret = ([name, value]: [string, string | undefined]) =>
    value && SECRET_NAME.test(name) && !NEEDED_NAMES.has(name);
  return Object.fromEntries(Object.entries(env).filter(isSecret)) as Secrets;
}

/** Returns only if it cannot be done here. */
function becomeWithout(found: Secrets): void {
  if (process.platform === "win32" || process.execve === undefined) return;
  const file = writeFile(found);
  if (file === undefined) return;
  const left = Object.entries(process.env).filter(([name]) => !Object.hasOwn(found, name));
  const args = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  // A new program keeps only the standard descriptors: with 0 closed, the file gets that number.
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

/** Reads and closes the file that an earlier program or the parent has passed as standard input. */
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
    return undefined; // Not our file, or closed.
  }
}

/** The file has no content while it has a name. */
function writeFile(content: Secrets): number | undefined {
  for (const folder of [MEMORY_FOLDER, tmpdir()]) {
    try {
      const path = join(folder, `troupe-${randomUUID()}`);
      const file = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      writeSync(file, OPENING + JSON.stringify(content));
      return file;
    } catch {
      // Try the next folder.
    }
  }
  return undefined;
}
