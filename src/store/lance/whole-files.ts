/**
 * Whether files of LanceDB reached the disk as a whole, by their ends and sizes. A power cut leaves an
 * unsynced file missing, empty, cut off, or full of zeros from some place on.
 */

import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "./manifest.ts";

/** The last bytes of manifests, data files and files of indices. */
const MAGIC = "LANC";
/** The last bytes of an Arrow file. */
const ARROW_MAGIC = "ARROW1";

/** True if the manifest, data file or file of an index is there and has its end. */
export async function isWhole(path: string): Promise<boolean> {
  return await endsWith(path, MAGIC).catch(ifMissing);
}

/** True if one of the data files, or lists of deleted rows, is not whole. @param table its folder */
export async function lacksFiles(table: string, manifest: Manifest): Promise<boolean> {
  const data = [...manifest.files.values()].flat().map((name) => join(table, "data", name));
  const lists = manifest.deletions.map((name) => join(table, "_deletions", name));
  const whole = await Promise.all([
    ...data.map((file) => isWhole(file)),
    ...lists.map((file) => isWholeList(file).catch(ifMissing)),
  ]);
  return whole.includes(false);
}

/** Names of the indices of which a file is not whole. @param table its folder */
export async function findBrokenIndices(
  table: string,
  { indices }: Manifest,
): Promise<readonly string[]> {
  const broken = new Set<string>();
  for (const { name, folder, files } of indices) {
    const at = join(table, "_indices", folder);
    const sizes = files.map((file) => hasSize(join(at, file.name), file.bytes));
    const listed = files.length > 0 ? files.map((file) => file.name) : await list(at);
    const whole = await Promise.all([...sizes, ...listed.map((file) => isWhole(join(at, file)))]);
    if (listed.length === 0 || whole.includes(false)) broken.add(name);
  }
  return [...broken];
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  return await stat(path).then(({ size }) => size === bytes, ifMissing);
}

async function list(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(ifMissing)) || [];
}

/** A list of deleted rows is an Arrow file, or a roaring bitmap if it is long. */
async function isWholeList(path: string): Promise<boolean> {
  if (path.endsWith(".arrow")) return await endsWith(path, ARROW_MAGIC);
  const bytes = await readFile(path);
  return bytesOfBitmap(bytes) === bytes.length;
}

/** Cookies of a roaring bitmap: without and with containers of runs. */
const COOKIE = 12_346;
const COOKIE_RUNS = 12_347;
/** Containers from which on one with runs has their offsets. */
const OFFSETS_MIN = 4;
/** Values up to which a container lists them; one with more has a bit for each possible value. */
const LISTED_MAX = 4_096;
const BITS_BYTES = 8_192;

/** The size that a roaring bitmap has by its heads; undefined if it is none, or its heads are cut off. */
function bytesOfBitmap(file: Buffer): number | undefined {
  try {
    const cookie = file.readUInt32LE(0);
    const hasRuns = (cookie & 0xffff) === COOKIE_RUNS;
    if (!hasRuns && cookie !== COOKIE) return undefined;
    const count = hasRuns ? (cookie >>> 16) + 1 : file.readUInt32LE(4);
    const flags = hasRuns ? 4 : 8;
    const heads = flags + (hasRuns ? Math.ceil(count / 8) : 0);
    const hasOffsets = !hasRuns || count >= OFFSETS_MIN;
    let at = heads + 4 * count + (hasOffsets ? 4 * count : 0);
    for (let n = 0; n < count; n += 1) {
      const isRun = hasRuns && (file.readUInt8(flags + (n >> 3)) & (1 << (n & 7))) !== 0;
      if (isRun) at += 2 + 4 * file.readUInt16LE(at);
      else at += bytesOfValues(file.readUInt16LE(heads + 4 * n + 2) + 1);
    }
    return at;
  } catch {
    return undefined;
  }
}

function bytesOfValues(count: number): number {
  return count <= LISTED_MAX ? 2 * count : BITS_BYTES;
}

/** @throws if the file cannot be read at all: it may be whole. */
async function endsWith(path: string, magic: string): Promise<boolean> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  if (size < magic.length) return false;
  const end = Buffer.alloc(magic.length);
  const { buffer } = await file.read(end, 0, magic.length, size - magic.length);
  return buffer.toString("latin1") === magic;
}

function ifMissing(error: NodeJS.ErrnoException): false {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return false;
  throw error;
}
