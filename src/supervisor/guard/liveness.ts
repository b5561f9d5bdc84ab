/**
 * A pulse: tells from an agent's heartbeat whether its event loop turns while its code runs.
 * A thread that waits for a processor is not silent: that is the machine's fault.
 * Pure: it counts the time that its looks bring along, and reads no clock.
 */

import type { Phase } from "../../boundary/control-block.ts";

/** Milliseconds without a beat until the agent counts as unresponsive; a beat is due each 500. */
export const SILENCE_MS_MAX = 2_000;
/**
 * Milliseconds that one look adds at most. Where main was held up, or the machine asleep, the time
 * that passed unseen says nothing about the agent.
 */
const CHECK_MS_MAX = 500;
/**
 * Milliseconds of silence from which on it is asked how long the thread has waited for a processor. A
 * healthy one does not get there, so that nobody is asked while all is well.
 */
const SUSPICION_MS = 1_000;

/** What the control block says. */
export interface Heartbeat {
  readonly heartbeat: number;
  readonly phase: Phase;
}

/** What a look has found that is worth telling; each is found once per stretch of silence. */
export type LivenessChange = "fell_silent" | "recovered";

/** Milliseconds that the thread has waited for a processor so far; undefined where nobody knows. */
export type ReadWaitedMs = () => number | undefined;

export class Liveness {
  #heartbeat = 0;
  #silentMs = 0;
  #isSilent = false;
  /** What the last asking said, and the silence since then; undefined while nobody is under suspicion. */
  #lastRead: { readonly waitedMs: number; readonly silentMs: number } | undefined;
  #isStarved = false;

  /**
   * Milliseconds since the last beat was due to be seen, without those in which the thread waited for a
   * processor; 0 while there is nothing to expect.
   */
  get silentMs(): number {
    return this.#silentMs;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** True while it gives no beat because it gets too little of the processor. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  /** @param elapsedMs Milliseconds since the look before. */
  check(
    vitals: Heartbeat,
    elapsedMs: number,
    readWaitedMs: ReadWaitedMs = () => undefined,
  ): LivenessChange | undefined {
    const isSilence = isCodeRunning(vitals.phase) && !this.#hasBeaten(vitals.heartbeat);
    const wasSilent = this.#isSilent;
    if (isSilence) {
      this.#silentMs += Math.min(elapsedMs, CHECK_MS_MAX);
      this.#forgive(readWaitedMs);
    } else {
      this.#silentMs = 0;
      this.#lastRead = undefined;
      this.#isStarved = false;
    }
    // What is forgiven later does not count as an answer.
    this.#isSilent = isSilence && (wasSilent || this.#silentMs >= SILENCE_MS_MAX);
    if (this.#isSilent === wasSilent) return undefined;
    return this.#isSilent ? "fell_silent" : "recovered";
  }

  /** Takes off the time for which the machine is to blame; asks where something depends on it alone. */
  #forgive(readWaitedMs: ReadWaitedMs): void {
    const isDue = this.#silentMs >= (this.#lastRead === undefined ? SUSPICION_MS : SILENCE_MS_MAX);
    const waitedMs = isDue ? readWaitedMs() : undefined;
    if (waitedMs === undefined) return;
    if (this.#lastRead !== undefined) {
      const spanMs = this.#silentMs - this.#lastRead.silentMs;
      const forgivenMs = Math.min(Math.max(0, waitedMs - this.#lastRead.waitedMs), spanMs);
      this.#silentMs -= forgivenMs;
      this.#isStarved = forgivenMs > spanMs / 2;
    }
    this.#lastRead = { waitedMs, silentMs: this.#silentMs };
  }

  /** Whoever has never beaten owes no beat. */
  #hasBeaten(heartbeat: number): boolean {
    const hasBeaten = heartbeat === 0 || heartbeat !== this.#heartbeat;
    this.#heartbeat = heartbeat;
    return hasBeaten;
  }
}

/** Between steps nobody beats, so that a sleeping agent costs nothing. */
function isCodeRunning(phase: Phase): boolean {
  switch (phase) {
    case "starting":
    case "step":
    case "ending":
      return true;
    case "sleeping":
    case "waiting":
    case "paused":
    case "ended":
      return false;
  }
}
