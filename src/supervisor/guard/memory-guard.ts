/**
 * The memory guard: ends an agent that uses more memory than its budget and, before the machine kills
 * the process, the agent that uses most. Each tick reads one number of the process; the agents are
 * sampled only if it has grown, and in turn every ten seconds.
 *
 * Rejected: V8's own heap limit, which ends the whole process.
 */

import { totalmem } from "node:os";
import { constrainedMemory } from "node:process";
import type { Logger } from "pino";
import { outOfMemory, shed } from "../failures.ts";
import type { Child } from "../thread/child.ts";
import { attribute, type MemoryAccount } from "./memory-account.ts";
import { MemoryGrowth } from "./memory-growth.ts";
import { createMemoryReader } from "./resident-memory.ts";

/** Share of the machine's, or the container's, memory above which agents are shed. */
const CEILING_SHARE = 0.85;
/** Sampling all agents takes at most one part in this many of main's time. */
const SAMPLE_TIME_PARTS = 5;
/**
 * Milliseconds in which every agent is sampled once in any case: memory that one agent frees can hide
 * the growth of another.
 */
const ROUND_MS = 10_000;
/** Milliseconds between two agents that are shed, for the first one's memory to be freed. */
const SHED_PAUSE_MS = 500;

export interface MemoryGuardOptions {
  readonly log: Logger;
  /** Called before all agents are sampled: the thread that grows may not be watched yet. */
  readonly onGrowth: () => void;
  /** Bytes of the whole process above which agents are shed; left out: by the machine. */
  readonly ceilingBytes?: number;
}

export class MemoryGuard {
  readonly #log: Logger;
  readonly #onGrowth: () => void;
  readonly #ceilingBytes: number;
  readonly #accounts = new Map<Child, MemoryAccount>();
  readonly #growth = new MemoryGrowth();
  readonly #readRss = createMemoryReader();
  /** Accounts still to be sampled in this round. */
  #round: MemoryAccount[] = [];
  /** On the clock of `performance.now()`. */
  #nextSampleAt = 0;
  #nextShedAt = 0;
  #lastAttributedAt = performance.now();
  /** Memory of the process that no agent's figures showed at the last attribution. */
  #unexplainedBytes: number | undefined;

  constructor({ log, onGrowth, ceilingBytes }: MemoryGuardOptions) {
    this.#log = log;
    this.#onGrowth = onGrowth;
    this.#ceilingBytes = ceilingBytes ?? memoryCeilingBytes();
  }

  isWatching(child: Child): boolean {
    return this.#accounts.has(child);
  }

  watch(account: MemoryAccount): void {
    this.#accounts.set(account.child, account);
    this.#sample(account);
  }

  /** The thread's account: its figures are at most {@link ROUND_MS} old if the thread works. */
  find(child: Child): MemoryAccount | undefined {
    return this.#accounts.get(child);
  }

  forgetEnded(): void {
    for (const child of this.#accounts.keys()) {
      if (child.hasEnded) this.#accounts.delete(child);
    }
  }

  /** One check of the process. @param elapsedMs milliseconds since the last one */
  tick(elapsedMs: number): void {
    const now = performance.now();
    const rssBytes = this.#readRss();
    const isAbove = rssBytes > this.#ceilingBytes;
    if (now >= this.#nextSampleAt && (this.#growth.hasGrown(rssBytes) || isAbove)) {
      this.#onGrowth();
      this.#attributeGrowth(rssBytes, now);
      for (const account of this.#accounts.values()) this.#sample(account);
      const end = performance.now();
      this.#nextSampleAt = end + (end - now) * (SAMPLE_TIME_PARTS - 1);
    }
    if (isAbove && now >= this.#nextShedAt) this.#shed(rssBytes, now);
    this.#sampleRound(elapsedMs);
  }

  #sampleRound(elapsedMs: number): void {
    if (this.#round.length === 0) this.#round = [...this.#accounts.values()];
    const count = Math.ceil((this.#accounts.size * elapsedMs) / ROUND_MS);
    for (const account of this.#round.splice(0, count)) this.#sample(account);
  }

  #sample(account: MemoryAccount): void {
    if (account.isCondemned || account.child.hasEnded) return;
    // Shared memory is known without an answer: the thread counts it.
    this.#enforceBudget(account);
    void account.sample()?.then(() => this.#enforceBudget(account));
  }

  #enforceBudget(account: MemoryAccount): void {
    if (account.isCondemned || account.child.hasEnded || account.bytes <= account.budgetBytes)
      return;
    account.isCondemned = true;
    const error = outOfMemory(account.agentId, account.figures);
    this.#log.warn({ agent: account.agentId, ...account.figures }, "agent above its memory budget");
    account.child.terminate(error);
  }

  /** Attributes growth that the last answers do not explain. */
  #attributeGrowth(rssBytes: number, now: number): void {
    const accounts = [...this.#accounts.values()];
    const explained = accounts.reduce((sum, { bytes }) => sum + bytes, 0);
    const unexplained = rssBytes - explained;
    const elapsedMs = now - this.#lastAttributedAt;
    const suspects = accounts.map((account) => ({
      account,
      cpuMs: account.takeCpuMs(elapsedMs),
    }));
    if (this.#unexplainedBytes !== undefined) {
      attribute(unexplained - this.#unexplainedBytes, suspects);
    }
    this.#unexplainedBytes = unexplained;
    this.#lastAttributedAt = now;
  }

  /** Ends the agent with the most known and suspected memory. */
  #shed(rssBytes: number, now: number): void {
    let worst: MemoryAccount | undefined;
    for (const account of this.#accounts.values()) {
      if (account.isCondemned || account.child.hasEnded) continue;
      if (worst === undefined || weight(account) > weight(worst)) worst = account;
    }
    if (worst === undefined) return;
    this.#nextShedAt = now + SHED_PAUSE_MS;
    worst.isCondemned = true;
    const figures = {
      ...worst.figures,
      suspected_bytes: Math.round(worst.suspectedBytes),
      process_bytes: rssBytes,
      ceiling_bytes: this.#ceilingBytes,
    };
    this.#log.error(
      { agent: worst.agentId, ...figures },
      "the process uses too much memory; its largest agent was ended",
    );
    worst.child.terminate(shed(worst.agentId, figures));
  }
}

function weight(account: MemoryAccount): number {
  return account.bytes + account.suspectedBytes;
}

/** Bytes of the whole process above which agents are shed on this machine. */
export function memoryCeilingBytes(): number {
  return ceilingOf(totalmem(), constrainedMemory());
}

/** @param constrained the control group's limit; 0 or more than `total` if it has none */
export function ceilingOf(total: number, constrained: number): number {
  return Math.floor(CEILING_SHARE * (constrained > 0 ? Math.min(total, constrained) : total));
}
