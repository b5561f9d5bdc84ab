/**
 * Step marks: a file that shows which agents' own code runs, for the heart to read after the process has
 * died, however suddenly. The kernel keeps what was written; the file is never synced.
 *
 * Invariant: a record has one writer at a time. Main makes it for a new thread, marked; then only the
 * thread writes the mark, one byte (one system call) at each start and end of the agent's own code;
 * main takes the record back when the thread is gone. The file is never closed, because a thread that
 * could not be ended may still write.
 */

import { fstatSync, readSync, writeSync } from "node:fs";
import type { OwnCode } from "../model/safe-mode.ts";

/** A record: one byte for the mark, then the agent's id. */
const ID_BYTES = 128;
const RECORD_BYTES = 1 + ID_BYTES;
/** Threads with a mark at the same time; those beyond it are never suspected. */
const RECORDS_MAX = 4_096;

/** Which of the agent's own code runs. */
const marks = { none: 0, starting: 1, step: 2 } as const;

export type Mark = keyof typeof marks;

/** Where a thread's mark is. */
export interface MarkPlace {
  readonly fd: number;
  readonly position: number;
}

/** Main's side: gives each thread its record. */
export class StepMarks {
  readonly #fd: number;
  readonly #free: number[] = [];
  #used = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** A marked record for a new thread: even loading its code can be deadly. An empty id suspects no agent. */
  take(agentId: string): MarkPlace | undefined {
    const position = this.#free.pop() ?? this.#next();
    if (position === undefined) return undefined;
    this.#write(position, agentId);
    return { fd: this.#fd, position };
  }

  /** Sets the agent of the thread. Only before the thread gets it. */
  rename({ position }: MarkPlace, agentId: string): void {
    this.#write(position, agentId);
  }

  /** Only once the thread is gone. */
  takeBack({ position }: MarkPlace): void {
    tryWrite(this.#fd, new Uint8Array([marks.none]), position);
    this.#free.push(position);
  }

  #write(position: number, agentId: string): void {
    const record = new Uint8Array(RECORD_BYTES);
    record[0] = marks.starting;
    new TextEncoder().encodeInto(agentId, record.subarray(1));
    tryWrite(this.#fd, record, position);
  }

  #next(): number | undefined {
    if (this.#used === RECORDS_MAX) return undefined;
    this.#used += 1;
    return (this.#used - 1) * RECORD_BYTES;
  }
}

/** The thread's side: writes only what has changed. */
export class StepMark {
  readonly #place: MarkPlace;
  readonly #byte = new Uint8Array([marks.starting]);

  constructor(place: MarkPlace) {
    this.#place = place;
  }

  set(mark: Mark): void {
    if (this.#byte[0] === marks[mark]) return;
    this.#byte[0] = marks[mark];
    tryWrite(this.#place.fd, this.#byte, this.#place.position);
  }
}

/** The heart's side: the agents whose own code ran when the process ended. */
export function readStepMarks(fd: number): OwnCode {
  const bytes = new Uint8Array(Math.min(fstatSync(fd).size, RECORDS_MAX * RECORD_BYTES));
  readSync(fd, bytes, 0, bytes.length, 0);
  const ids = { inStep: [] as string[], starting: [] as string[] };
  for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
    if (bytes[at] === marks.none) continue;
    const id = bytes.subarray(at + 1, at + RECORD_BYTES);
    const text = new TextDecoder().decode(id).replaceAll("\0", "");
    // An agent's code can write to the file, too, and the text is printed to a terminal.
    if (!/^[!-~]+$/.test(text)) continue;
    (bytes[at] === marks.starting ? ids.starting : ids.inStep).push(text);
  }
  return ids;
}

/** A mark that cannot be written, on a full disk, is not a failure. */
function tryWrite(fd: number, bytes: Uint8Array, position: number): void {
  try {
    writeSync(fd, bytes, 0, bytes.length, position);
  } catch {
    // Only the suspicion of agents depends on it.
  }
}
