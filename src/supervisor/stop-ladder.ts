/**
 * The stop ladder: how an agent's thread is brought to its end, one rung after the other.
 * A wish in shared memory that works inside a synchronous loop, a wake for the sleeper, an abort of
 * what it waits for; after the grace the thread is terminated, which needs no consent.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ExitReason } from "../model/agent.ts";
import type { Child } from "./child.ts";

/** Milliseconds that `terminate()` may take; one long call into C++ holds it up. */
const TERMINATE_DEADLINE_MS = 2_000;

export interface StopOptions {
  /** Milliseconds from the wish to the termination. */
  readonly graceMs: number;
  /** Milliseconds from the wish until the running step is aborted; 0 = at once. */
  readonly abortAfterMs: number;
}

/** Which rung ended the thread, and how long it took from the wish. */
export interface StopReceipt {
  readonly rung: ExitReason["rung"];
  readonly took_ms: number;
}

export async function stopChild(child: Child, options: StopOptions): Promise<StopReceipt> {
  const begun = performance.now();
  const rung = await climb(child, options);
  return { rung, took_ms: Math.round(performance.now() - begun) };
}

async function climb(child: Child, options: StopOptions): Promise<StopReceipt["rung"]> {
  const { graceMs, abortAfterMs } = options;
  child.wish("stop");
  const untilAbort = Math.min(abortAfterMs, graceMs);
  if (await endsWithin(child, untilAbort)) return "cooperative";
  child.abort();
  if (await endsWithin(child, graceMs - untilAbort)) return "cooperative";
  child.terminate();
  return (await endsWithin(child, TERMINATE_DEADLINE_MS)) ? "terminated" : "zombie";
}

async function endsWithin(child: Child, ms: number): Promise<boolean> {
  if (ms <= 0 || child.hasEnded) return child.hasEnded;
  const timer = new AbortController();
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const hasEnded = await Promise.race([child.ended.then(() => true), late]);
  timer.abort();
  return hasEnded;
}
