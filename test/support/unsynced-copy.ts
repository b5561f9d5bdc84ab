/**
 * A copy of a folder as a power cut could have left it: a file that changed after its last sync is kept,
 * cut, emptied or filled with zeros, by chance, and a name that is younger than its folder's last sync may
 * be gone. Most file systems are milder.
 */

import {
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { SyncNote } from "./sync-log.ts";
import { type FileRange, readUnsyncedWrites } from "./sync-probe.ts";

/** Chance that a name which is not synced is gone. */
const GONE = 0.3;
/** Chance that the content of a file which is not synced is kept, of what is left. */
const KEPT = 0.25;

/**
 * SQLite syncs the folder of its files when it makes them. Its unsynced writes are known if they are noted;
 * if not, it is assumed to sync before it answers (`synchronous=FULL`). The index of its log is memory,
 * which no power cut leaves.
 */
const SQLITE_FILE = /\.sqlite(-wal|-journal)?$/;
const SQLITE_MEMORY = /\.sqlite-shm$/;

/** What is known to be on the disk, by inode: contents of files, and when folders had which names. */
export class SyncedState {
  readonly #contents = new Map<string, Set<string>>();
  readonly #names = new Map<string, Map<string, bigint>>();
  #sqliteWrites: ReadonlyMap<string, readonly FileRange[]> = new Map();

  /** Everything in this folder is on the disk as it is now. */
  static of(folder: string): SyncedState {
    const state = new SyncedState();
    state.#addTree(folder);
    return state;
  }

  /** Adds what a program noted; its last line may be cut, because it was stopped in mid-write. */
  addLog(file: string): number {
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    for (const line of lines) this.#add(JSON.parse(line) as SyncNote);
    return lines.length;
  }

  /** Adds what is noted of SQLite's writes. */
  addWrites(file: string): void {
    this.#sqliteWrites = readUnsyncedWrites(file);
  }

  /** What SQLite wrote to this file and did not sync. */
  sqliteWrites({ ino }: FileState): readonly FileRange[] {
    return this.#sqliteWrites.get(String(ino)) ?? [];
  }

  /** Whether the name of this entry and its content are on the disk. */
  judge(at: Entry, found: FileState): { readonly isNamed: boolean; readonly isWhole: boolean } {
    const isSqlite = SQLITE_FILE.test(at.name);
    return {
      isNamed: isSqlite || this.#hasName(at, found),
      isWhole: isSqlite || found.isFolder || this.#hasContent(found),
    };
  }

  #hasContent({ ino, mtimeNs, size }: FileState): boolean {
    return this.#contents.get(String(ino))?.has(`${mtimeNs} ${size}`) === true;
  }

  /** A name given again after the sync is that of another file, which is younger. */
  #hasName({ folderIno, name }: Entry, { birthtimeNs }: FileState): boolean {
    const atNs = this.#names.get(String(folderIno))?.get(name);
    return atNs !== undefined && birthtimeNs <= atNs;
  }

  #add(note: SyncNote): void {
    if ("names" in note) this.#addNames(note.ino, note.names, BigInt(note.atNs));
    else this.#addContent(note.ino, `${note.mtimeNs} ${note.size}`);
  }

  #addTree(folder: string): void {
    const names = readdirSync(folder);
    const { ino } = look(folder);
    this.#addNames(String(ino), names, BigInt(Date.now() + 1) * 1_000_000n);
    for (const name of names) {
      const path = join(folder, name);
      const found = look(path);
      if (found.isFolder) this.#addTree(path);
      else this.#addContent(String(found.ino), `${found.mtimeNs} ${found.size}`);
    }
  }

  #addNames(ino: string, names: readonly string[], atNs: bigint): void {
    const known = this.#names.get(ino) ?? new Map<string, bigint>();
    for (const name of names) known.set(name, atNs);
    this.#names.set(ino, known);
  }

  #addContent(ino: string, content: string): void {
    const known = this.#contents.get(ino) ?? new Set<string>();
    this.#contents.set(ino, known.add(content));
  }
}

/** What became of the files and folders of a copy. */
export interface Damage {
  entries: number;
  /** Whose content or name was not synced. */
  unsynced: number;
  gone: number;
  spoiled: number;
}

export interface CopyOptions {
  readonly source: string;
  /** Is created. */
  readonly target: string;
  readonly synced: SyncedState;
  readonly chance: () => number;
}

/** Nothing may write to the source meanwhile. */
export function copyAfterPowerCut({ source, target, synced, chance }: CopyOptions): Damage {
  const damage: Damage = { entries: 0, unsynced: 0, gone: 0, spoiled: 0 };
  const copyFolder = (from: string, to: string) => {
    mkdirSync(to);
    const { ino } = look(from);
    for (const name of readdirSync(from).sort()) {
      if (!SQLITE_MEMORY.test(name))
        copyEntry(join(from, name), join(to, name), { folderIno: ino, name });
    }
  };
  const copyEntry = (from: string, to: string, at: Entry) => {
    const found = look(from);
    const { isNamed, isWhole } = synced.judge(at, found);
    damage.entries += 1;
    if (!isNamed || !isWhole) damage.unsynced += 1;
    if (!isNamed && chance() < GONE) damage.gone += 1;
    else if (found.isFolder) copyFolder(from, to);
    else {
      copyFileSync(from, to);
      const isTorn = tear(to, synced.sqliteWrites(found), chance);
      const isSpoiled = !isWhole && spoil(to, Number(found.size), chance);
      damage.spoiled += Number(isTorn || isSpoiled);
    }
  };
  copyFolder(source, target);
  return damage;
}

/** @returns false if it was kept */
function spoil(file: string, size: number, chance: () => number): boolean {
  if (size === 0 || chance() < KEPT) return false;
  const drawn = chance();
  if (drawn < 0.4) truncateSync(file, 0);
  else if (drawn < 0.8) truncateSync(file, Math.floor(chance() * size));
  else writeFileSync(file, Buffer.alloc(size));
  return true;
}

/** A name in a folder. */
interface Entry {
  readonly folderIno: bigint;
  readonly name: string;
}

/** Of each range, what follows from some place on is lost, or nothing. @returns false if all is kept */
function tear(file: string, ranges: readonly FileRange[], chance: () => number): boolean {
  const torn = ranges.filter(() => chance() >= KEPT);
  if (torn.length === 0) return false;
  const opened = openSync(file, "r+");
  for (const { offset, length } of torn) {
    const kept = Math.floor(chance() * length);
    writeSync(opened, Buffer.alloc(length - kept), 0, length - kept, offset + kept);
  }
  closeSync(opened);
  return true;
}

interface FileState {
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly birthtimeNs: bigint;
  readonly size: bigint;
  readonly isFolder: boolean;
}

function look(path: string): FileState {
  const found = lstatSync(path, { bigint: true });
  const { ino, mtimeNs, birthtimeNs, size } = found;
  return { ino, mtimeNs, birthtimeNs, size, isFolder: found.isDirectory() };
}
