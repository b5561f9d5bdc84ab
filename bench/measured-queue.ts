/** What callers of a durable queue get from it, measured in the same way for every queue. */

import { setTimeout as delay } from "node:timers/promises";
import { watchLoop } from "./loop-watch.ts";
import { percentile } from "./report.ts";

/** A queue with receivers of what it holds. */
export interface MeasuredQueue extends AsyncDisposable {
  /** Sends one entry for each key; resolves once all are durable. `caller` counts from 0. */
  send(caller: number, keys: readonly number[]): Promise<unknown>;
  /** Stores entries while nobody receives them; resolves once they are durable. */
  store(keys: readonly number[]): Promise<unknown>;
  /** Set before the first `send`: is called for each key that a receiver's code has, and when it had it. */
  onReceived: (key: number, atMs: number) => void;
}

export interface QueueFigures {
  /** Milliseconds from the call until the receiver's code has the entry, nothing else under way. */
  readonly oneP50Ms: number;
  readonly oneP99Ms: number;
  /** Callers who each wait until the entry was received. */
  readonly waitingPerSecond: number;
  readonly waitingP99Ms: number;
  /** Of this thread's event loop meanwhile. */
  readonly loopP99Ms: number;
  /** Single entries until durable, by as many callers. */
  readonly singlesPerSecond: number;
  /** Entries a second that are sent by the thousand. */
  readonly bulkPerSecond: number;
}

export const CALLERS = 64;
export const BULK = 1_000;
const BULK_CALLERS = 4;
const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 300);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);
/** Milliseconds between two entries of the only caller. */
const PAUSE_MS = 10;

/** Uses each key once. */
let lastKey = 0;

export async function measureQueue(queue: MeasuredQueue): Promise<QueueFigures> {
  const waiting = new Map<number, (atMs: number) => void>();
  queue.onReceived = (key, atMs) => {
    waiting.get(key)?.(atMs);
    waiting.delete(key);
  };
  const sendAndWait = async (caller: number): Promise<number> => {
    const key = nextKey();
    const { promise, resolve } = Promise.withResolvers<number>();
    waiting.set(key, resolve);
    const begun = performance.timeOrigin + performance.now();
    await queue.send(caller, [key]);
    return (await promise) - begun;
  };
  await repeat(CALLERS, SECONDS / 5, sendAndWait);
  const one: number[] = [];
  for (let n = 0; n < SAMPLES; n += 1) {
    one.push(await sendAndWait(0));
    await delay(PAUSE_MS);
  }
  using loop = watchLoop();
  const many = await repeat(CALLERS, SECONDS, sendAndWait);
  const loopP99Ms = loop.p99Ms();
  return {
    oneP50Ms: percentile(one, 0.5),
    oneP99Ms: percentile(one, 0.99),
    waitingPerSecond: many.perSecond,
    waitingP99Ms: percentile(many.results, 0.99),
    loopP99Ms,
    ...(await measureStores(queue)),
  };
}

async function measureStores(queue: MeasuredQueue) {
  const singles = await repeat(CALLERS, SECONDS, () => queue.store([nextKey()]));
  const bulks = await repeat(BULK_CALLERS, SECONDS, () =>
    queue.store(Array.from({ length: BULK }, nextKey)),
  );
  return { singlesPerSecond: singles.perSecond, bulkPerSecond: bulks.perSecond * BULK };
}

/** Each caller works again and again until the time is over. */
export async function repeat<T>(
  callers: number,
  seconds: number,
  work: (caller: number) => Promise<T>,
): Promise<{ readonly perSecond: number; readonly results: readonly T[] }> {
  const results: T[] = [];
  const begun = performance.now();
  const elapsed = () => (performance.now() - begun) / 1_000;
  const call = async (caller: number) => {
    while (elapsed() < seconds) results.push(await work(caller));
  };
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return { perSecond: results.length / elapsed(), results };
}

function nextKey(): number {
  lastKey += 1;
  return lastKey;
}
