/**
 * Clients of the event stream in their own process, so that their cost is not counted as the server's:
 * started with the address and the numbers of clients that read and that do not. Reports to its parent
 * when all are connected, and every half second what they have received.
 */

import { get, type IncomingMessage } from "node:http";
import { constants, setPriority } from "node:os";

export interface Heard {
  readonly events: number;
  readonly bytes: number;
  readonly gaps: number;
  /** Milliseconds from an event's time to its arrival, of some of them. */
  readonly delaysMs: readonly number[];
}

const TELL_MS = 500;
/** Of so many pieces that arrive, the delay of one is measured. */
const LOOK_AT_EACH = 50;

// Clients' own work would be on other machines: here they use only idle processor time.
setPriority(constants.priority.PRIORITY_LOW);

const [url = "", token = "", readers = "0", stuck = "0"] = process.argv.slice(2);
const heard = { events: 0, bytes: 0, gaps: 0 };
let delaysMs: number[] = [];
let pieces = 0;

const connections = [
  ...Array.from({ length: Number(readers) }, () => connect().then(listen)),
  ...Array.from({ length: Number(stuck) }, () => connect()),
];
await Promise.all(connections);
process.send?.("connected");
setInterval(() => {
  process.send?.({ ...heard, delaysMs } satisfies Heard);
  delaysMs = [];
}, TELL_MS);

function connect(): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, { headers: { authorization: `Bearer ${token}` }, agent: false }, resolve).on(
    "error",
    reject,
  );
  return promise;
}

/** Counts without parsing: many readers must not be slower than the server. */
function listen(response: IncomingMessage): void {
  response.on("data", (piece: Buffer) => {
    heard.bytes += piece.length;
    heard.events +=
      countOf(piece, "\n\nid: ") + (piece.toString("latin1", 0, 4) === "id: " ? 1 : 0);
    heard.gaps += countOf(piece, '"type":"gap"');
    pieces += 1;
    if (pieces % LOOK_AT_EACH === 0) lookAt(piece);
  });
}

function countOf(piece: Buffer, text: string): number {
  let count = 0;
  for (let at = piece.indexOf(text); at >= 0; at = piece.indexOf(text, at + text.length)) {
    count += 1;
  }
  return count;
}

function lookAt(piece: Buffer): void {
  const [, time] = /"time":(\d+)/.exec(piece.toString("latin1")) ?? [];
  if (time !== undefined) delaysMs.push(Date.now() - Number(time));
}
