/**
 * Frames: an event as bytes on the wire, the same for every client of one protocol. Pure. By hand,
 * because packages for SSE and WebSocket encode each event again for each client.
 */

import { Buffer } from "node:buffer";
import type { TroupeEvent } from "../../model/event.ts";
import { jsonText } from "../../model/json-bounds.ts";

/** `<epoch>-<seq>`: identifies an event across restarts of the process. */
export function eventId(epoch: number, seq: number): string {
  return `${epoch}-${seq}`;
}

/** Wraps an event, given as JSON text, for one protocol. */
export type FrameFormat = (json: string, id: string) => Buffer;

/**
 * Server-Sent Events. Without an event name, so that `onmessage` gets all types; the type is in the
 * envelope. JSON text has no line breaks.
 */
export const sseFrame: FrameFormat = (json, id) => Buffer.from(`id: ${id}\ndata: ${json}\n\n`);

/** A comment, which clients skip. */
export const sseHeartbeat = Buffer.from(":\n\n");

/** The first lines of a stream: the id to resume from, and the retry time. */
export function ssePrelude(id: string, retryMs: number): Buffer {
  return Buffer.from(`retry: ${retryMs}\nid: ${id}\n\n`);
}

/** A whole text message that is neither masked nor compressed. */
const WS_TEXT = 0x81;
/**
 * The length takes one byte up to the first limit, two more up to the second, otherwise eight more.
 */
const WS_LENGTH_SHORT = 125;
const WS_LENGTH_MEDIUM = 0xffff;

/**
 * A WebSocket text message, RFC 6455 section 5.2. A server's messages are not masked, so the bytes are
 * the same for every client.
 */
export const wsFrame: FrameFormat = (json) => {
  const length = Buffer.byteLength(json);
  const head = wsHead(length);
  const frame = Buffer.allocUnsafe(head.length + length);
  head.copy(frame);
  frame.write(json, head.length);
  return frame;
};

function wsHead(length: number): Buffer {
  if (length <= WS_LENGTH_SHORT) return Buffer.from([WS_TEXT, length]);
  if (length <= WS_LENGTH_MEDIUM) {
    const head = Buffer.from([WS_TEXT, WS_LENGTH_SHORT + 1, 0, 0]);
    head.writeUInt16BE(length, 2);
    return head;
  }
  const head = Buffer.alloc(10);
  head[0] = WS_TEXT;
  head[1] = WS_LENGTH_SHORT + 2;
  head.writeUInt32BE(length, 6);
  return head;
}

/** The text of an event. */
export function eventJson(event: TroupeEvent): string {
  return jsonText(event);
}
