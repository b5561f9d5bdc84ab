/**
 * The file with what V8 has compiled of the threads' code: a thread writes it, main reads it. A checksum comes
 * first, because V8 would run a damaged one.
 */

import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { threadId } from "node:worker_threads";

const SUM_BYTES = 4;

/**
 * Does nothing if another thread was faster, or the folder cannot be written: then each compiles. Never throws.
 *
 * @param compile called if the file is missing
 */
export function keepCompiled(path: string, compile: () => Buffer): void {
  try {
    if (existsSync(path)) return;
    mkdirSync(dirname(path), { recursive: true });
    putInPlace(path, compile());
  } catch {
    // Threads then compile the code themselves, as before there was a file.
  }
}

function putInPlace(path: string, compiled: Buffer): void {
  const draft = `${path}.${process.pid}.${threadId}`;
  try {
    writeFileSync(draft, Buffer.concat([sumOf(compiled), compiled]), { flag: "wx" });
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Undefined if there is none; one that is damaged is removed. */
export function readCompiled(path: string): Buffer | undefined {
  try {
    // A read of a pipe would block the main thread in a call that no signal ends.
    if (!statSync(path).isFile()) return undefined;
    const bytes = readFileSync(path);
    const compiled = bytes.subarray(SUM_BYTES);
    if (sumOf(compiled).equals(bytes.subarray(0, SUM_BYTES))) return compiled;
    rmSync(path);
  } catch {
    // There is none, or none that can be read.
  }
  return undefined;
}

/** Node's module is loaded here and not in each thread. */
function sumOf(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(process.getBuiltinModule("node:zlib").crc32(bytes));
  return sum;
}
