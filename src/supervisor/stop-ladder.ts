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

/** What was done to a thread and when, in milliseconds from the wish. */
interface Rung {
  readonly name: "flag" | "abort" | "terminate";
  readonly at_ms: number;
}

/** Which rung ended the thread, how long it took from the wish, and what was climbed on the way. */
export interface StopReceipt {
  readonly rung: ExitReason["rung"];
  readonly took_ms: number;
  readonly rungs: readonly Rung[];
}

/** The receipt of an agent that had no thread to stop. */
export const NOTHING_TO_STOP: StopReceipt = { rung: "none", took_ms: 0, rungs: [] };

export async function stopChild(child: Child, options: StopOptions): Promise<StopReceipt> {
  const begun = performance.now();
  const rungs: Rung[] = [];
  const elapsedMs = () => performance.now() - begun;
  const rung = await climb(child, options, (name) => {
    rungs.push({ name, at_ms: Math.round(elapsedMs()) });
    return elapsedMs();
  });
  return { rung, took_ms: Math.round(performance.now() - begun), rungs };
}

async function climb(
  child: Child,
  { graceMs, abortAfterMs }: StopOptions,
  /** Answers the milliseconds since the wish. */
  note: (name: Rung["name"]) => number,
): Promise<StopReceipt["rung"]> {
  child.wish("stop");
  note("flag");
  const untilAbort = Math.min(abortAfterMs, graceMs);
  if (await endsWithin(child, untilAbort)) return "cooperative";
  child.abort();
  // By the clock: the first timer was late already.
  if (await endsWithin(child, graceMs - note("abort"))) return "cooperative";
  child.terminate();
  note("terminate");
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
