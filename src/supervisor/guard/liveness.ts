/**
 * Liveness: decides from an agent's heartbeat whether its event loop turns while its code runs.
 * A thread that waits for a processor is not silent: the machine is the cause.
 * Unresponsiveness is measured in checks and not by the clock, so that a pause of the whole process, or of
 * the machine, is not an agent's silence. Pure: the caller passes the elapsed time.
 */

import type { Phase } from "../../boundary/control-block.ts";

/** Milliseconds without a beat until the agent counts as unresponsive; a beat is due every 500. */
export const SILENCE_MS_MAX = 2_000;
/**
 * Milliseconds that one check adds at most: if main was held up, or the machine asleep, the time in
 * between shows nothing about the agent.
 */
const CHECK_MS_MAX = 500;
/** Milliseconds of silence after which the thread's wait for a processor is read; rare in a healthy thread. */
const SUSPICION_MS = 1_000;

/** The part of the control block that a check needs. */
export interface Heartbeat {
  readonly heartbeat: number;
  readonly phase: Phase;
}

/** A result that is worth reporting: each once for one silence. */
export type LivenessChange = "fell_silent" | "recovered";

/** Milliseconds that the thread has waited for a processor so far; undefined if unknown. */
export type ReadWaitedMs = () => number | undefined;

export class Liveness {
  #heartbeat = 0;
  #silentMs = 0;
  #isSilent = false;
  /** The wait as read last, and the silence at that time; undefined while there is no suspicion. */
  #lastRead: { readonly waitedMs: number; readonly silentMs: number } | undefined;
  #isStarved = false;

  /**
   * Milliseconds without a due beat, without those in which the thread waited for a processor; 0 while
   * no beat is due.
   */
  get silentMs(): number {
    return this.#silentMs;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** True while it gives no beat because it gets too little processor time. */
  get isStarved(): boolean {
    return this.#isStarved;
  }

  /** @param elapsedMs milliseconds since the last check */
  check(
    { phase, heartbeat }: Heartbeat,
    elapsedMs: number,
    readWaitedMs: ReadWaitedMs = () => undefined,
  ): LivenessChange | undefined {
    const isSilence = isCodeRunning(phase) && !this.#hasBeaten(heartbeat);
    const wasSilent = this.#isSilent;
    if (isSilence) {
      this.#silentMs += Math.min(elapsedMs, CHECK_MS_MAX);
      this.#forgive(readWaitedMs);
    } else {
      this.#silentMs = 0;
      this.#lastRead = undefined;
      this.#isStarved = false;
    }
    // It stays silent even if a wait for a processor shortens the silence later.
    this.#isSilent = isSilence && (wasSilent || this.#silentMs >= SILENCE_MS_MAX);
    if (this.#isSilent === wasSilent) return undefined;
    return this.#isSilent ? "fell_silent" : "recovered";
  }

  /** Subtracts the wait for a processor, which is read only when it matters. */
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

  /** A thread that has never given a beat owes none. */
  #hasBeaten(heartbeat: number): boolean {
    const hasBeaten = heartbeat === 0 || heartbeat !== this.#heartbeat;
    this.#heartbeat = heartbeat;
    return hasBeaten;
  }
}

/** There are no beats between steps, so that a sleeping agent costs nothing. */
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
