/**
 * A group: the clients of one protocol with the same selection share one encoded stream, in chunks
 * that each point to the next. A client holds the last chunk that it was sent, so a chunk is freed
 * once all clients are past it.
 */

import { Buffer } from "node:buffer";
import type { FrameFormat } from "./frame.ts";
import type { Subscriptions } from "./subscription.ts";

/** Bytes from which a chunk is full. */
export const CHUNK_BYTES_MAX = 256 * 1024;

/** Frames that are sent in one piece. */
export interface Chunk {
  readonly bytes: Buffer;
  readonly lastSeq: number;
  /** Events and bytes of the group up to its start and up to its end. */
  readonly begin: Totals;
  readonly end: Totals;
  /** The chunk after it, once there is one. */
  next: Chunk | undefined;
}

interface Totals {
  readonly events: number;
  readonly bytes: number;
}

/** A client as its group sees it. */
export interface Member {
  /** A chunk was added; `limits`: how much may wait in front of it. */
  onChunk(newest: Chunk, limits: Totals): void;
}

export class Group {
  readonly format: FrameFormat;
  readonly selection: Subscriptions;
  readonly members = new Set<Member>();
  #tail: Chunk;
  #open: Buffer[] = [];
  #openBytes = 0;
  #openSeq = 0;

  constructor(format: FrameFormat, selection: Subscriptions) {
    this.format = format;
    this.selection = selection;
    const none = { events: 0, bytes: 0 };
    this.#tail = { bytes: Buffer.alloc(0), lastSeq: 0, begin: none, end: none, next: undefined };
  }

  /** The newest chunk. */
  get tail(): Chunk {
    return this.#tail;
  }

  /** Returns true if the chunk is large enough to be sealed. */
  append(frame: Buffer, seq: number): boolean {
    this.#open.push(frame);
    this.#openBytes += frame.length;
    this.#openSeq = seq;
    return this.#openBytes >= CHUNK_BYTES_MAX;
  }

  /** Makes a chunk of the appended frames, and notifies the members. */
  seal(limits: Totals): void {
    if (this.#open.length === 0) return;
    const begin = this.#tail.end;
    const chunk: Chunk = {
      bytes: Buffer.concat(this.#open, this.#openBytes),
      lastSeq: this.#openSeq,
      begin,
      end: { events: begin.events + this.#open.length, bytes: begin.bytes + this.#openBytes },
      next: undefined,
    };
    this.#open = [];
    this.#openBytes = 0;
    this.#tail.next = chunk;
    this.#tail = chunk;
    for (const member of this.members) member.onChunk(chunk, limits);
  }
}
