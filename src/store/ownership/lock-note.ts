/**
 * The note next to a database: who runs it, since when and where, for people and for programs that need
 * the server. It is information and never the lock: it may be stale, or a copy of another database's
 * note. Therefore it names its folder.
 */

import { realpath, stat } from "node:fs/promises";
import { readPlain } from "../../files/plain-file.ts";
import { parseJsonObject } from "../../model/parse-json.ts";
import type { ProcessIdentity } from "./process-identity.ts";

/** The note's name in its folder. */
export const NOTE_FILE = "troupe.lock";

/** A folder, distinguished from its copies. */
export interface Place {
  readonly path: string;
  /** Numbers as text; a network file system has another device number on each machine. */
  readonly device: string;
  readonly inode: string;
}

/** The optional part of a note. */
export interface LockNote {
  /** Number of this start of the process. */
  readonly epoch?: number;
  /** The server's URL, once it serves. */
  readonly url?: string;
}

/** The text of a note, parsed. */
export interface LockHolder extends ProcessIdentity, LockNote {
  /** Milliseconds since the epoch. */
  readonly started_at: number;
  /** Left out by older versions. */
  readonly place?: Place;
  /** Unique for each time the lock is taken. */
  readonly token?: string;
}

/** The note in the file; undefined if there is none, or something else. Never blocks, never rejects. */
export async function readNote(path: string): Promise<LockHolder | undefined> {
  const text = await readPlain(path);
  return text === undefined ? undefined : parseNote(text);
}

/** @throws if the folder is gone */
export async function placeOf(folder: string): Promise<Place> {
  const { dev, ino } = await stat(folder, { bigint: true });
  return { path: await realpath(folder), device: String(dev), inode: String(ino) };
}

/** False for a note that was copied with its folder. One of an older version is trusted. */
export function isOfPlace({ place, boot_id }: LockHolder, here: Place, ownBootId: string | null) {
  if (place === undefined) return true;
  const isSameMachine = boot_id === ownBootId;
  return place.inode === here.inode && (!isSameMachine || place.device === here.device);
}

function parseNote(text: string): LockHolder | undefined {
  return parseHolder(parseJsonObject(text));
}

/** A process as a note or a claim names it; undefined if it is something else. */
export function parseHolder(
  noted: Readonly<Record<string, unknown>> | null | undefined,
): LockHolder | undefined {
  const pid = noted?.["pid"];
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0) return undefined;
  return { start_ticks: null, boot_id: null, started_at: 0, ...noted } as LockHolder;
}
