/**
 * Transactions in a log of SQLite that come after a damaged place. SQLite takes such a place for the end of the
 * log, as that of a transaction which a crash cut off, and continues without them. But a transaction is written
 * only once the one before is on the disk, so a crash cuts off one at most: two further commits are damage.
 * The format: https://www.sqlite.org/fileformat2.html#walformat
 */

import { existsSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

/** Of the log, and of each of its frames, which has one page. */
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The smallest page of SQLite; a header with a smaller one is not valid. */
const PAGE_BYTES_MIN = 512;
/** In the first number of a log whose checksums are of big-endian numbers. */
const BIG_ENDIAN_BIT = 1;
/** Commits in one unbroken row, of which a crash cuts off the first at most. */
const COMMITS_MIN = 2;

/** @param path of the file that is open, and not changed meanwhile */
export function loggedCommitsAreLost(database: DatabaseSync, path: string): boolean {
  const log = `${path}-wal`;
  if (!existsSync(log)) return false;
  const { log: frames } = database.prepare("PRAGMA wal_checkpoint(NOOP)").get() ?? {};
  return hasLostCommits(readFileSync(log), Number(frames));
}

/** @param frames of the log that SQLite has found, up to its last commit; negative if the database has no log */
export function hasLostCommits(log: Buffer, frames: number): boolean {
  if (frames < 0 || log.length < LOG_HEADER_BYTES) return false;
  const pageBytes = log.readUInt32BE(8);
  if (pageBytes < PAGE_BYTES_MIN) return false;
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  let commits = 0;
  for (
    let at = LOG_HEADER_BYTES + (frames + 1) * frameBytes;
    at + frameBytes <= log.length;
    at += frameBytes
  ) {
    if (!follows(log, at, frameBytes)) commits = 0;
    else if (isCommit(log, at)) commits += 1;
    if (commits === COMMITS_MIN) return true;
  }
  return false;
}

/** True if the frame was written after the one before it, whose page need not be whole. */
function follows(log: Buffer, at: number, frameBytes: number): boolean {
  // Frames of an earlier use of the file have other salts.
  if (log.compare(log, 16, 24, at + 8, at + 16) !== 0) return false;
  const before = at - frameBytes;
  const isBig = (log.readUInt32BE(0) & BIG_ENDIAN_BIT) === 1;
  const read = (place: number) => (isBig ? log.readUInt32BE(place) : log.readUInt32LE(place));
  let one = log.readUInt32BE(before + 16);
  let two = log.readUInt32BE(before + 20);
  const add = (from: number, to: number) => {
    for (let place = from; place < to; place += 8) {
      one = (one + read(place) + two) >>> 0;
      two = (two + read(place + 4) + one) >>> 0;
    }
  };
  add(at, at + 8);
  add(at + FRAME_HEADER_BYTES, at + frameBytes);
  return one === log.readUInt32BE(at + 16) && two === log.readUInt32BE(at + 20);
}

/** The last frame of a transaction has the size of the database after it. */
function isCommit(log: Buffer, at: number): boolean {
  return log.readUInt32BE(at + 4) !== 0;
}
