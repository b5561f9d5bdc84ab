/**
 * A pulse: tells from an agent's heartbeat whether its event loop turns while its code runs.
 * Pure: it counts the time that its looks bring along, and reads no clock.
 */

import type { Phase } from "../actor/control-block.ts";

/** Milliseconds without a beat until the agent counts as unresponsive; a beat is due each 500. */
export const SILENCE_MS_MAX = 2_000;
/**
 * Milliseconds that one look adds at most. Where main was held up, or the machine asleep, the time
 * that passed unseen says nothing about the agent.
 */
const LOOK_MS_MAX = 500;

/** What the control block says. */
export interface Vitals {
  readonly heartbeat: number;
  readonly phase: Phase;
}

/** What a look has found that is worth telling; each is found once per stretch of silence. */
export type PulseChange = "fell_silent" | "recovered";

export class Pulse {
  #heartbeat = 0;
  #silentMs = 0;
  #isSilent = false;

  /** Milliseconds since the last beat was due to be seen; 0 while there is nothing to expect. */
  get silentMs(): number {
    return this.#silentMs;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** @param elapsedMs Milliseconds since the look before. */
  look(vitals: Vitals, elapsedMs: number): PulseChange | undefined {
    const isSilence = isCodeRunning(vitals.phase) && !this.#hasBeaten(vitals.heartbeat);
    this.#silentMs = isSilence ? this.#silentMs + Math.min(elapsedMs, LOOK_MS_MAX) : 0;
    const wasSilent = this.#isSilent;
    this.#isSilent = this.#silentMs >= SILENCE_MS_MAX;
    if (this.#isSilent === wasSilent) return undefined;
    return this.#isSilent ? "fell_silent" : "recovered";
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
