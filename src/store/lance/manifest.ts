/**
 * Reads from the newest manifest of a table in a local folder what LanceDB's API does not show: the data
 * files of each fragment, those of indices, and the file format of new data. The layout is Lance's
 * `table.proto`; other fields are skipped.
 */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface Manifest {
  /** Version of the file format of new data, such as `2.0`; undefined if not stated. */
  readonly format: string | undefined;
  /** Names of the data files in `data`, by fragment number. */
  readonly files: ReadonlyMap<number, readonly string[]>;
  /** Names of the lists of deleted rows in `_deletions`. */
  readonly deletions: readonly string[];
  /** One entry for each part of an index. */
  readonly indices: readonly IndexPart[];
}

/** A folder in `_indices` with files of an index. */
interface IndexPart {
  /** The index's name, which its other parts share. */
  readonly name: string;
  readonly folder: string;
  /** Empty if an older version of LanceDB has written it. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
}

/** Undefined if there is none, or the newest cannot be parsed. @param folder the database's */
export async function readManifest(folder: string, table: string): Promise<Manifest | undefined> {
  const versions = join(folder, `${table}.lance`, "_versions");
  const [newest] = await listManifests(versions);
  if (newest === undefined) return undefined;
  return await readManifestAt(join(versions, newest));
}

/** Undefined if it cannot be parsed. */
export async function readManifestAt(path: string): Promise<Manifest | undefined> {
  try {
    return parseManifest(await readFile(path));
  } catch {
    return undefined;
  }
}

/** File names of the manifests in a folder of versions, newest first. */
export async function listManifests(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d+\.manifest$/.test(name))
    .sort((left, right) => (versionOf(left) < versionOf(right) ? 1 : -1));
}

/** Names of 20 digits count down from the greatest 64-bit number; shorter ones are the version. */
export function versionOf(name: string): bigint {
  const digits = name.slice(0, name.indexOf("."));
  const number = BigInt(digits);
  return digits.length === 20 ? 2n ** 64n - 1n - number : number;
}

/** Bytes at the end: the manifest's position, two numbers of 16 bits, `LANC`. */
const FOOTER_BYTES = 16;

function parseManifest(file: Buffer): Manifest | undefined {
  if (file.length < FOOTER_BYTES || file.toString("latin1", file.length - 4) !== "LANC") return;
  let format: string | undefined;
  let indices: readonly IndexPart[] = [];
  const files = new Map<number, readonly string[]>();
  const deletions: string[] = [];
  for (const field of fieldsOf(messageAt(file, positionIn(file)))) {
    if (field.number === 6) indices = parseIndices(messageAt(file, Number(field.value)));
    if (field.number === 15) format = textOf(field, 2);
    if (field.number !== 2) continue;
    const fragment = Number(varintOf(field, 1));
    files.set(
      fragment,
      allOf(field, 2).flatMap((file) => textOf(file, 1) || []),
    );
    deletions.push(...parseDeletions(fragment, field));
  }
  return { format, files, deletions, indices };
}

function positionIn(file: Buffer): number {
  return Number(file.readBigUInt64LE(file.length - FOOTER_BYTES));
}

/** A message is preceded by its length. */
function messageAt(file: Buffer, at: number): Buffer {
  return file.subarray(at + 4, at + 4 + file.readUInt32LE(at));
}

function parseIndices(section: Buffer): readonly IndexPart[] {
  return [...fieldsOf(section)].map((index) => {
    const uuid = fieldOf(index, 1);
    return {
      name: textOf(index, 3) ?? "",
      folder: uuid === undefined ? "" : formatUuid(fieldOf(uuid, 1)?.bytes ?? NO_BYTES),
      files: allOf(index, 10).map((file) => ({
        name: textOf(file, 1) ?? "",
        bytes: Number(varintOf(file, 2)),
      })),
    };
  });
}

function formatUuid(bytes: Buffer): string {
  return bytes.toString("hex").replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The name of the fragment's list of deleted rows, if it has one. */
function parseDeletions(fragment: number, message: Message): readonly string[] {
  const list = fieldOf(message, 3);
  if (list === undefined) return [];
  const extension = varintOf(list, 1) === 0n ? "arrow" : "bin";
  return [`${fragment}-${varintOf(list, 2)}-${varintOf(list, 3)}.${extension}`];
}

type Message = Pick<ProtobufField, "bytes">;

function allOf({ bytes }: Message, number: number): readonly ProtobufField[] {
  return [...fieldsOf(bytes)].filter((field) => field.number === number);
}

function fieldOf({ bytes }: Message, number: number): ProtobufField | undefined {
  for (const field of fieldsOf(bytes)) if (field.number === number) return field;
  return undefined;
}

function textOf(message: Message, number: number): string | undefined {
  return fieldOf(message, number)?.bytes.toString();
}

function varintOf(message: Message, number: number): bigint {
  return fieldOf(message, number)?.value ?? 0n;
}

interface ProtobufField {
  readonly number: number;
  /** Of a varint, which may have 64 bits. */
  readonly value: bigint;
  /** Of a text, a list or a message. */
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);

function* fieldsOf(message: Buffer): Generator<ProtobufField> {
  let at = 0;
  const readVarint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = Number(readVarint());
    const number = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { number, value: readVarint(), bytes: NO_BYTES };
        break;
      case 1:
        at += 8;
        break;
      case 2: {
        const length = Number(readVarint());
        yield { number, value: 0n, bytes: message.subarray(at, at + length) };
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        throw new RangeError(`a manifest has a field of unknown kind ${key % 8}`);
    }
  }
}
