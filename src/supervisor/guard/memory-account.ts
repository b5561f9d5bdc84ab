/** A memory account: what is known, and what is guessed, of the memory of one agent's thread. */

import type { Child, ThreadUsage } from "../thread/child.ts";

/** Milliseconds that a thread must have worked since it was asked last to be worth asking again. */
const WORKED_MS_MIN = 1;

export class MemoryAccount {
  readonly child: Child;
  readonly agentId: string;
  readonly budgetBytes: number;
  /**
   * Memory of the process that nobody's figures show and that was put down to this agent; see
   * {@link attribute}.
   */
  suspectedBytes = 0;
  /** True once its thread has been told to end: it is not told twice. */
  isCondemned = false;
  /** True from the question to the answer. A thread in one long call into C++ owes it till then. */
  #isPending = false;
  /** Settles with the answer that somebody waits for; all who wait share it. */
  #refreshed: Promise<void> | undefined;
  /** What the thread's event loop had worked when it was asked last; undefined before. */
  #workedMs: number | undefined;
  #usage: ThreadUsage = { heapBytes: 0, externalBytes: 0, cpuMs: 0 };
  /** Processor time at the last call of {@link takeCpuMs}. */
  #cpuMsTaken = 0;

  constructor(child: Child, agentId: string, budgetBytes: number) {
    this.child = child;
    this.agentId = agentId;
    this.budgetBytes = budgetBytes;
  }

  /** As answered last. */
  get usage(): ThreadUsage {
    return this.#usage;
  }

  /** Heap and buffers as answered last, shared memory as it is now. */
  get bytes(): number {
    return this.#usage.heapBytes + this.#usage.externalBytes + this.child.sharedBytes;
  }

  /** For the row of an agent that is ended for it. */
  get figures(): Readonly<Record<string, number>> {
    return {
      bytes: this.bytes,
      budget_bytes: this.budgetBytes,
      heap_bytes: this.#usage.heapBytes,
      external_bytes: this.#usage.externalBytes,
      shared_bytes: this.child.sharedBytes,
    };
  }

  /**
   * Asks the thread what it uses, unless it still owes an answer or has not worked since the last
   * one: then nothing can have grown. Nobody waits: the answer of a thread that ends never comes.
   */
  sample(onAnswer: () => void): void {
    if (this.#isPending || !this.#hasWorked()) return;
    this.#isPending = true;
    this.child.measure((usage) => {
      this.#isPending = false;
      // It does not run yet: the next look asks again.
      if (usage === undefined) this.#workedMs = undefined;
      else this.#usage = usage;
      onAnswer();
    });
  }

  /** Asks the thread whatever it has done; resolves with its answer, and perhaps never. */
  refresh(): Promise<void> {
    if (this.#refreshed !== undefined) return this.#refreshed;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#refreshed = promise;
    this.child.measure((usage) => {
      if (usage !== undefined) this.#usage = usage;
      this.#refreshed = undefined;
      resolve();
    });
    return promise;
  }

  /** Processor time since the last call; a thread that owes an answer is taken to have worked. */
  takeCpuMs(elapsedMs: number): number {
    if (this.#isPending) return elapsedMs;
    const cpuMs = this.#usage.cpuMs - this.#cpuMsTaken;
    this.#cpuMsTaken = this.#usage.cpuMs;
    return Math.max(0, cpuMs);
  }

  #hasWorked(): boolean {
    const workedMs = this.child.workedMs;
    // A thread whose loop has not begun, and one in its last moments, answer 0.
    const hasWorked =
      this.#workedMs === undefined || workedMs === 0 || workedMs - this.#workedMs >= WORKED_MS_MIN;
    if (hasWorked) this.#workedMs = workedMs;
    return hasWorked;
  }
}

/** The part of an account that {@link attribute} reads and writes. */
interface Suspect {
  suspectedBytes: number;
}

/**
 * Puts growth of the process that no figure shows down to those who have worked meanwhile, in
 * proportion to their processor time; what shrinks is taken from all in proportion. Pure but for
 * the suspects' `suspectedBytes`.
 */
export function attribute(
  grownBytes: number,
  suspects: readonly { readonly account: Suspect; readonly cpuMs: number }[],
): void {
  if (grownBytes > 0) {
    const cpuMs = suspects.reduce((sum, suspect) => sum + suspect.cpuMs, 0);
    if (cpuMs === 0) return;
    for (const { account, cpuMs: own } of suspects) {
      account.suspectedBytes += (grownBytes * own) / cpuMs;
    }
    return;
  }
  const suspected = suspects.reduce((sum, { account }) => sum + account.suspectedBytes, 0);
  if (suspected === 0) return;
  const left = Math.max(0, 1 + grownBytes / suspected);
  for (const { account } of suspects) account.suspectedBytes *= left;
}
