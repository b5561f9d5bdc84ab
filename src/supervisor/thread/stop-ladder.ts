/**
 * The stop ladder: ends an agent's thread, one rung after the other: a word in shared memory, which
 * works inside a synchronous loop; a wake for the sleeper; an abort of the running step; after the
 * grace, termination, which needs no consent.
 *
 * A thread whose agent's code has not started is terminated immediately. The race: the thread gives its
 * first heartbeat and then reads the desired state; main writes that state and then checks for a
 * heartbeat; so one of the two sees the other.
 */

import type { Logger } from "pino";
import { waitAtMost } from "../../deadline.ts";
import type { ExitReason } from "../../model/agent.ts";
import type { Child } from "./child.ts";

/** Milliseconds that `terminate()` may take; one long call into C++ delays it. */
const TERMINATE_DEADLINE_MS = 2_000;

/** The part of a child that the ladder uses. */
export type Stoppable = Pick<
  Child,
  "setDesired" | "abort" | "terminate" | "hasBegun" | "hasEnded" | "ended"
>;

export interface StopOptions {
  /** Milliseconds from the request to stop until the termination. */
  readonly graceMs: number;
  /** Milliseconds from the request to stop until the running step is aborted; 0 = immediately. */
  readonly abortAfterMs: number;
}

/** One measure taken against a thread, and when, in milliseconds from the request to stop. */
interface Rung {
  readonly name: "flag" | "abort" | "terminate";
  readonly at_ms: number;
}

/** Which rung ended the thread, how long that took, and which measures were taken. */
export interface StopReceipt {
  readonly rung: ExitReason["rung"];
  readonly took_ms: number;
  readonly rungs: readonly Rung[];
}

/** A change of an agent that its row may not have yet. */
export interface Storing {
  /** Resolves once the row is stored. */
  readonly stored: Promise<void>;
}

/** An agent that has ended. */
export interface Ended extends Storing {
  readonly receipt: StopReceipt;
}

/** The receipt of an agent without a thread; an agent whose code had not started has the same rung. */
export const NOTHING_TO_STOP: StopReceipt = { rung: "none", took_ms: 0, rungs: [] };

export async function stopChild(child: Stoppable, options: StopOptions): Promise<StopReceipt> {
  const begun = performance.now();
  const rungs: Rung[] = [];
  const rung = await climb(child, options, (name) => {
    rungs.push({ name, at_ms: Math.round(performance.now() - begun) });
  });
  return { rung, took_ms: Math.round(performance.now() - begun), rungs };
}

async function climb(
  child: Stoppable,
  { graceMs, abortAfterMs }: StopOptions,
  note: (name: Rung["name"]) => void,
): Promise<StopReceipt["rung"]> {
  const begun = performance.now();
  child.setDesired("stop");
  note("flag");
  if (!child.hasBegun) {
    // The agent's code will never run in this thread, so its end is not awaited.
    child.terminate();
    return "none";
  }
  if (await endsBy(child, begun + Math.min(abortAfterMs, graceMs))) return "cooperative";
  child.abort();
  note("abort");
  if (await endsBy(child, begun + graceMs)) return "cooperative";
  child.terminate();
  note("terminate");
  const hasEnded = await endsBy(child, performance.now() + TERMINATE_DEADLINE_MS);
  return hasEnded ? "terminated" : "zombie";
}

/** @param deadline on the clock of `performance.now()`; never early, although timers may be */
async function endsBy(child: Stoppable, deadline: number): Promise<boolean> {
  for (;;) {
    const ms = deadline - performance.now();
    if (ms <= 0 || child.hasEnded) return child.hasEnded;
    await waitAtMost(child.ended, Math.ceil(ms));
  }
}

/** A thread in a long call into C++ ends with that call, which is not awaited. */
export function logZombie({ ended }: Pick<Child, "ended">, agent: string, log: Logger): void {
  log.warn({ agent }, "a thread does not end yet; it can do no more harm");
  void ended.then(() => log.info({ agent }, "the thread that did not end has now ended"));
}
