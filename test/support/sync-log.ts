/**
 * Loaded into a program before its own code (`--import`): notes in the file named by `SYNC_LOG` which
 * files and folders the program has synced through `node:fs`, one line of JSON for each. Without that
 * variable it does nothing. Syncs by native code (SQLite, LanceDB) are not seen.
 */

import fs from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

/** A synced file, with the content that it had: another time of change is another content. */
interface SyncedFile {
  readonly ino: string;
  readonly mtimeNs: string;
  readonly size: string;
}

/** A synced folder, with the names that it had, and when that was, since the epoch. */
interface SyncedFolder {
  readonly ino: string;
  readonly names: readonly string[];
  readonly atNs: string;
}

export type SyncNote = SyncedFile | SyncedFolder;

type SyncCall = "fsync" | "fdatasync";

const file = process.env["SYNC_LOG"];
if (file !== undefined) await noteSyncs(file);

async function noteSyncs(log: string): Promise<void> {
  const { fstatSync, readdirSync, writeSync } = fs;
  const out = fs.openSync(log, "a");
  // Looked at before the sync and written after it: later content counts as not synced.
  const look = (fd: number): SyncNote => {
    const { ino, mtimeNs, size, isFolder } = lookAt(fstatSync(fd, { bigint: true }));
    if (!isFolder) return { ino, mtimeNs, size };
    const names = readdirSync(`/proc/self/fd/${fd}`);
    // Rounded up: times of files are finer than this clock.
    return { ino, names, atNs: String(BigInt(Date.now() + 1) * 1_000_000n) };
  };
  const write = (note: SyncNote) => writeSync(out, `${JSON.stringify(note)}\n`);
  for (const call of ["fsync", "fdatasync"] as const) patchCallback(call, look, write);
  for (const call of ["fsyncSync", "fdatasyncSync"] as const) {
    const original = fs[call];
    fs[call] = (fd) => {
      const note = look(fd);
      original(fd);
      write(note);
    };
  }
  await patchHandles(look, write);
  syncBuiltinESMExports();
}

function lookAt({ ino, mtimeNs, size, mode }: fs.BigIntStats) {
  const isFolder = (Number(mode) & fs.constants.S_IFMT) === fs.constants.S_IFDIR;
  return { ino: String(ino), mtimeNs: String(mtimeNs), size: String(size), isFolder };
}

function patchCallback(
  call: SyncCall,
  look: (fd: number) => SyncNote,
  write: (note: SyncNote) => void,
): void {
  const original = fs[call];
  const noted = (fd: number, callback: fs.NoParamCallback) => {
    const note = look(fd);
    original(fd, (error) => {
      if (error === null) write(note);
      callback(error);
    });
  };
  fs[call] = Object.assign(noted, { __promisify__: original.__promisify__ });
}

async function patchHandles(
  look: (fd: number) => SyncNote,
  write: (note: SyncNote) => void,
): Promise<void> {
  await using handle = await open("/dev/null");
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  for (const call of ["sync", "datasync"] as const) {
    const original = prototype[call];
    prototype[call] = async function (this: FileHandle) {
      const note = look(this.fd);
      await original.call(this);
      write(note);
    };
  }
}
