/**
 * The control block: words of memory that main and an agent's thread share; each side sees the other's
 * writes immediately, even from inside a synchronous loop.
 * Invariant: each word has one writer; the two classes below are the two sides, and neither can
 * write the other's words.
 */

import {
  type DesiredState,
  packDesired,
  unpackDesired,
  VERSION_MAX,
  type VersionedState,
} from "./desired-state.ts";
import type { Mark, StepMark } from "./step-marks.ts";

/** `waiting`: for steps to be stored. The heartbeat grows only in `starting`, `step` and `ending`. */
export type Phase = "starting" | "step" | "sleeping" | "paused" | "ending" | "ended" | "waiting";

// Written by main.
/** The desired state and its version share one word, so that no reader sees a torn pair. */
const DESIRED = 0;
/** Written once, when the thread gets its agent; 0 until then. */
const GENERATION = 1;
// Written by the actor.
/** Grows, and wraps, while the event loop turns during the agent's own code. */
const HEARTBEAT = 2;
/** Steps ended so far, over all generations of the agent. */
const ITERATION = 3;
const PHASE = 4;
/** KiB of the agent's shared and WebAssembly memory, which V8 does not count. */
const SHARED_KIB = 5;
const SHARED_KIB_MAX = 2 ** 31 - 1;
// Written by main.
/** Iteration of the agent's last stored step. */
const STORED = 6;
// Written by the actor.
/** Commands taken so far; wraps. */
const COMMANDS = 7;
/** The operating system's id of the thread, if known. */
const THREAD = 8;
/** When the step that started last did so: the low 31 bits of the milliseconds since the epoch. */
const STEP_STARTED = 9;
const STEP_STARTED_SPAN = 2 ** 31; // 24 days
/** Greatest step back of the clock, in milliseconds, that does not make a step look 24 days old. */
const CLOCK_BACK_MS_MAX = 3_600_000;
/** Milliseconds from its start that the running step may take; 0 = as long as its type says. */
const STEP_EXTENDED = 10;
// Written by main.
/** How many of the thread's effects are stored; wraps. */
const EFFECTS_STORED = 11;
/**
 * For how long looks inside have stopped the thread, in one word, so that no reader sees the end of a hold
 * without its length. The lowest bit is 1 in a hold. The others are the milliseconds of all holds that are
 * over, or in a hold the time on {@link steadyMs} when it would have started if it were all of them in one.
 */
const HELD = 12;
const HELD_SPAN = 2 ** 30; // milliseconds until these bits repeat: 12 days
// Written by the actor.
/** Number of the step that started last; it is open until main has its report. */
const STEP_BEGUN = 13;
/** Which piece of the step's guidance is alone with the agent's code, from 1; 0 = all of them are. */
const PIECE = 14;
const WORDS = 15;

const nanoseconds = process.hrtime.bigint.bind(process);
/** The monotonic clock that all threads of the process share: each has its own `performance.now`. */
const steadyMs = () => Number(nanoseconds()) / 1e6;

const phases = [
  "starting",
  "step",
  "sleeping",
  "paused",
  "ending",
  "ended",
  "waiting",
] as const satisfies readonly Phase[];

/** Main's side: makes the block, writes the desired state, reads the thread's state. */
export class MainControl {
  readonly buffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  readonly #words = new Int32Array(this.buffer);

  /** Sets the thread's generation, once. */
  assign(generation: number): void {
    Atomics.store(this.#words, GENERATION, generation);
  }

  /**
   * Writes a desired state and returns its version, which is new with each call, even for the same state.
   * After `stop` nothing more is written. The sleeper must be woken separately.
   */
  setDesired(desired: DesiredState): number {
    const last = this.readDesired();
    if (last.desired === "stop") return last.version;
    const version = last.version === VERSION_MAX ? 0 : last.version + 1;
    Atomics.store(this.#words, DESIRED, packDesired({ desired, version }));
    return version;
  }

  /** Sets how far the agent's steps are stored, and wakes the thread if it waits for that. */
  setStored(iteration: number): void {
    Atomics.store(this.#words, STORED, iteration);
    Atomics.notify(this.#words, STORED);
  }

  /** Sets how many of the thread's effects are stored, and wakes the steps that wait for that. */
  setEffectsStored(count: number): void {
    Atomics.store(this.#words, EFFECTS_STORED, count);
    Atomics.notify(this.#words, EFFECTS_STORED);
  }

  /** @param endedMs milliseconds of the thread's holds that are over */
  setHeld(isHeld: boolean, endedMs: number): void {
    const ms = Math.ceil(endedMs);
    const bits = isHeld ? (Math.floor(steadyMs()) - ms) % HELD_SPAN : Math.min(ms, HELD_SPAN - 1);
    Atomics.store(this.#words, HELD, bits * 2 + (isHeld ? 1 : 0));
  }

  readDesired(): VersionedState {
    return unpackDesired(Atomics.load(this.#words, DESIRED));
  }

  get heartbeat(): number {
    return Atomics.load(this.#words, HEARTBEAT);
  }

  get iteration(): number {
    return Atomics.load(this.#words, ITERATION);
  }

  get phase(): Phase {
    return phases[Atomics.load(this.#words, PHASE)] ?? "ended";
  }

  /** When the step that started last did so, in milliseconds since the epoch. */
  get stepStartedAt(): number {
    const now = Date.now();
    const age = (now - Atomics.load(this.#words, STEP_STARTED)) % STEP_STARTED_SPAN;
    return age < STEP_STARTED_SPAN - CLOCK_BACK_MS_MAX ? now - age : now;
  }

  /** Number of the step that started last; 0 before the thread's first. */
  get stepBegun(): number {
    return Atomics.load(this.#words, STEP_BEGUN);
  }

  /** The place of the piece of guidance that is alone with the agent's code, from 1; 0 = all are. */
  get guidancePiece(): number {
    return Atomics.load(this.#words, PIECE);
  }

  /** Milliseconds from its start that the running step wants to take; 0 = it has said nothing. */
  get stepExtendedMs(): number {
    return Atomics.load(this.#words, STEP_EXTENDED);
  }

  /** Commands that the thread has taken so far; wraps. */
  get commandsTaken(): number {
    return Atomics.load(this.#words, COMMANDS);
  }

  /** The operating system's id of the thread; 0 if unknown. */
  get threadId(): number {
    return Atomics.load(this.#words, THREAD);
  }

  /** Rounded up to a KiB. */
  get sharedBytes(): number {
    return Atomics.load(this.#words, SHARED_KIB) * 1_024;
  }
}

const markOf: Record<Phase, Mark> = {
  starting: "starting",
  step: "step",
  sleeping: "none",
  waiting: "none",
  paused: "none",
  ending: "step",
  ended: "none",
};

/** The thread's side: reads the desired state, writes the thread's state. */
export class ActorControl {
  readonly #words: Int32Array;
  readonly #mark: StepMark | undefined;

  /** @param mark shows after the process's death whether the agent's own code ran */
  constructor(buffer: SharedArrayBuffer, mark?: StepMark) {
    this.#words = new Int32Array(buffer);
    this.#mark = mark;
  }

  readDesired(): VersionedState {
    return unpackDesired(Atomics.load(this.#words, DESIRED));
  }

  isStopDesired(): boolean {
    return this.readDesired().desired === "stop";
  }

  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /** Milliseconds of all holds so far, the running one included. */
  get heldMs(): number {
    const word = Atomics.load(this.#words, HELD);
    const bits = word >>> 1;
    if ((word & 1) === 0) return bits;
    return ((Math.ceil(steadyMs()) % HELD_SPAN) - bits + HELD_SPAN) % HELD_SPAN;
  }

  /** Steps that have ended and are not stored yet. */
  get unstored(): number {
    // Both words wrap, and so does their difference.
    return (Atomics.load(this.#words, ITERATION) - Atomics.load(this.#words, STORED)) | 0;
  }

  /**
   * Resolves with the next {@link MainControl.setStored}; one before this call may be missed, so check
   * {@link unstored} after it. Not a message: a thousand agents that wait for each commit would cost
   * main a tenth of a core.
   */
  async nextStored(): Promise<void> {
    const seen = Atomics.load(this.#words, STORED);
    await Atomics.waitAsync(this.#words, STORED, seen).value;
  }

  /** Resolves once all steps that have ended are stored. */
  async stepsStored(): Promise<void> {
    while (this.unstored > 0) {
      const stored = this.nextStored();
      // A step stored before that call does not resolve it.
      if (this.unstored > 0) await stored;
    }
  }

  /** Resolves once so many of the thread's effects are stored. */
  async effectsStored(count: number): Promise<void> {
    for (;;) {
      const stored = Atomics.load(this.#words, EFFECTS_STORED);
      if (((stored - count) | 0) >= 0) return;
      await Atomics.waitAsync(this.#words, EFFECTS_STORED, stored).value;
    }
  }

  countCommand(): void {
    Atomics.add(this.#words, COMMANDS, 1);
  }

  setThreadId(id: number): void {
    Atomics.store(this.#words, THREAD, id);
  }

  beat(): void {
    Atomics.add(this.#words, HEARTBEAT, 1);
  }

  setIteration(iteration: number): void {
    Atomics.store(this.#words, ITERATION, iteration);
  }

  /** @param time milliseconds since the epoch */
  beginStep(iteration: number, time: number): void {
    Atomics.store(this.#words, STEP_STARTED, time % STEP_STARTED_SPAN);
    Atomics.store(this.#words, STEP_EXTENDED, 0);
    Atomics.store(this.#words, PIECE, 0);
    Atomics.store(this.#words, STEP_BEGUN, iteration);
    this.setPhase("step");
  }

  /** @param piece of the step's guidance, from 1, that the agent's code gets next; 0 = all of it */
  setGuidancePiece(piece: number): void {
    Atomics.store(this.#words, PIECE, piece);
  }

  /** @param ms from the start of the running step; at most what a word holds, 24 days */
  extendStep(ms: number): void {
    Atomics.store(this.#words, STEP_EXTENDED, Math.min(Math.ceil(ms), 2 ** 31 - 1));
  }

  setPhase(phase: Phase): void {
    Atomics.store(this.#words, PHASE, phases.indexOf(phase));
    this.#mark?.set(markOf[phase]);
  }

  setSharedBytes(bytes: number): void {
    const kib = Math.min(Math.ceil(bytes / 1_024), SHARED_KIB_MAX);
    Atomics.store(this.#words, SHARED_KIB, kib);
  }
}
