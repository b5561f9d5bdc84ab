/** A memory account: the known and the suspected memory of one agent's thread. */

import type { Child } from "../thread/child.ts";
import type { ThreadUsage } from "../thread/thread-usage.ts";

/** Milliseconds that a thread must have worked since its last sample for another to be useful. */
const WORKED_MS_MIN = 1;

export class MemoryAccount {
  readonly child: Child;
  readonly agentId: string;
  readonly budgetBytes: number;
  /**
   * Memory of the process that no figure explains and that was attributed to this agent; see
   * {@link attribute}.
   */
  suspectedBytes = 0;
  /** True once its thread was terminated, so that it is terminated only once. */
  isCondemned = false;
  /** True from a request to its answer, which a thread in a long call into C++ gives only after the call. */
  #isPending = false;
  /** Resolves with the next answer; shared by all callers of {@link refresh}. */
  #refreshed: Promise<void> | undefined;
  /** Work of the thread's event loop at the last sample; undefined before the first. */
  #workedMs: number | undefined;
  #usage: ThreadUsage = { heapBytes: 0, externalBytes: 0, cpuMs: 0 };
  /** Processor time at the last call of {@link takeCpuMs}. */
  #cpuMsTaken = 0;

  constructor(child: Child, agentId: string, budgetBytes: number) {
    this.child = child;
    this.agentId = agentId;
    this.budgetBytes = budgetBytes;
  }

  /** As of the last answer. */
  get usage(): ThreadUsage {
    return this.#usage;
  }

  /** Heap and buffers as of the last answer, shared memory as it is now. */
  get bytes(): number {
    return this.#usage.heapBytes + this.#usage.externalBytes + this.child.sharedBytes;
  }

  /** For the error of an agent that is ended because of its memory. */
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
   * Requests the thread's usage, unless it still owes an answer or has not worked since the last one,
   * so that nothing can have grown. Resolves with the answer, perhaps never.
   */
  sample(): Promise<void> | undefined {
    if (this.#isPending || !this.#hasWorked()) return undefined;
    this.#isPending = true;
    return this.child.measure().then((usage) => {
      this.#isPending = false;
      // It does not run yet: the next sample requests again.
      if (usage === undefined) this.#workedMs = undefined;
      else this.#usage = usage;
    });
  }

  /** Requests the usage in any case; resolves with the answer, perhaps never. */
  refresh(): Promise<void> {
    this.#refreshed ??= this.child.measure().then((usage) => {
      if (usage !== undefined) this.#usage = usage;
      this.#refreshed = undefined;
    });
    return this.#refreshed;
  }

  /** Processor time since the last call; a thread that owes an answer counts as working. */
  takeCpuMs(elapsedMs: number): number {
    if (this.#isPending) return elapsedMs;
    const cpuMs = this.#usage.cpuMs - this.#cpuMsTaken;
    this.#cpuMsTaken = this.#usage.cpuMs;
    return Math.max(0, cpuMs);
  }

  #hasWorked(): boolean {
    const workedMs = this.child.workedMs;
    // 0 means that the thread's loop has not started, or is ending.
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
 * Shares growth of the process that no figure explains among the agents that worked meanwhile, in
 * proportion to their processor time; shrinkage is subtracted from all agents in proportion.
 * Changes only the suspects' `suspectedBytes`.
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
