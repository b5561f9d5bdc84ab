/**
 * The loop of an agent: stop? wait while paused, or for the store; step; rest or sleep until the next is due.
 * It reads the desired state only at step boundaries, and reports when it rests there.
 */

import type { ActorControl } from "../boundary/control-block.ts";
import type { EndedReport, Report } from "../boundary/protocol.ts";
import type { NextStep } from "../model/next-step.ts";
import { afterThisTurn, steadyNow, wallNow } from "./clock.ts";
import type { Mailbox } from "./mailbox.ts";
import { nextDue, stepBackoffMs, untilTime } from "./rhythm.ts";
import type { Sleeper } from "./sleeper.ts";
import type { StepRunner } from "./step-runner.ts";

/**
 * Steps of the agent that may wait to be stored; no further step starts before one of them is. Bounds
 * the steps that the main thread holds while the store fails, and that a crash can lose.
 */
export const UNSTORED_STEPS_MAX = 8;

/** Longest sleep until a time of the wall clock, in milliseconds: the clock may be set meanwhile. */
const CLOCK_CHECK_MS = 600_000;

interface LoopParts {
  readonly control: ActorControl;
  readonly mailbox: Mailbox;
  readonly sleeper: Sleeper;
  readonly steps: StepRunner;
  readonly intervalMs: number;
  /** As the agent's last step said, perhaps in an earlier thread. */
  readonly next: NextStep;
  readonly send: (report: Report) => void;
}

export class Loop {
  readonly #parts: LoopParts;
  /** When the next step is due by the interval or a backoff, on the clock of `steadyNow`. */
  #dueAt = steadyNow();
  /** What the last step said; null = `#dueAt` counts. */
  #next: NextStep;
  /** When a step that is due after a duration is due at the latest, on the clock of `steadyNow`. */
  #latestAt = Number.POSITIVE_INFINITY;
  /** Version of the pause that was reported last. */
  #settledVersion: number | undefined;
  /** Failing steps in a row. */
  #failures = 0;
  /** True if messages could arrive since the last step. */
  #hasRested = true;

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#next = parts.next;
  }

  /** @throws {ActorFailure} if the agent cannot continue. */
  async run(): Promise<EndedReport["reason"]> {
    for (;;) {
      const turn = await this.#awaitTurn();
      if (turn !== "step") return turn;
      if (await this.#takeTurn()) return "finished";
    }
  }

  /** Resolves when a step is due, or when the thread must end. */
  async #awaitTurn(): Promise<"step" | "stopped" | "rested"> {
    const { control, sleeper } = this.#parts;
    for (;;) {
      // Main writes a desired state before it sends the wake: one missed here ends the sleep below.
      const { desired, version } = control.readDesired();
      const waitMs = this.#waitMs;
      if (desired === "stop") return "stopped";
      if (desired === "pause") {
        this.#settle(version);
        await sleeper.sleep(Number.POSITIVE_INFINITY);
        this.#hasRested = true;
      } else if (control.unstored >= UNSTORED_STEPS_MAX) {
        await this.#waitForStore();
      } else if (waitMs > 0) {
        if (desired === "rest") return "rested";
        control.setPhase("sleeping");
        await sleeper.sleep(waitMs);
        this.#hasRested = true;
      } else if (this.#hasRested) {
        return "step";
      } else {
        await leaveToEvents();
        this.#hasRested = true;
      }
    }
  }

  /** Milliseconds to sleep before this is read again; not above 0 if the step is due. */
  get #waitMs(): number {
    if (this.#parts.mailbox.hasNews) return 0;
    if (this.#next === null) return this.#dueAt - steadyNow();
    if (this.#next === "guidance") return Number.POSITIVE_INFINITY;
    const waitMs = untilTime({ at: this.#next, now: wallNow() }, this.#latestAt - steadyNow());
    return Math.min(waitMs, CLOCK_CHECK_MS);
  }

  /** Until a step is stored, or something else wakes the agent. */
  async #waitForStore(): Promise<void> {
    const { control, sleeper } = this.#parts;
    control.setPhase("waiting");
    const stored = control.nextStored();
    // A step stored before that call does not resolve it.
    if (control.unstored < UNSTORED_STEPS_MAX) return;
    await sleeper.sleep(Number.POSITIVE_INFINITY, stored);
  }

  /** Reports each pause once, by its version. */
  #settle(desiredVersion: number): void {
    if (this.#settledVersion === desiredVersion) return;
    this.#settledVersion = desiredVersion;
    this.#parts.control.setPhase("paused");
    this.#parts.send({ kind: "settled", desiredVersion });
  }

  /** Runs a step and resolves with true when it was the last. */
  async #takeTurn(): Promise<boolean> {
    const { steps, intervalMs } = this.#parts;
    const startedAt = steadyNow();
    this.#hasRested = false;
    const end = await steps.run(this.#next);
    if (end.next === "keep") {
      this.#keepDue();
      return false;
    }
    this.#dueAt = nextDue({ dueAt: this.#dueAt, startedAt, intervalMs });
    this.#next = end.next === "continue" ? end.due : null;
    const withinMs = end.next === "continue" ? end.withinMs : null;
    this.#latestAt = steadyNow() + (withinMs ?? Number.POSITIVE_INFINITY);
    switch (end.next) {
      case "finish":
        return true;
      case "continue":
        this.#failures = 0;
        return false;
      case "back_off": {
        this.#failures += 1;
        const waitMs = stepBackoffMs(end.error, this.#failures, Math.random());
        this.#dueAt = Math.max(this.#dueAt, steadyNow() + waitMs);
        return false;
      }
    }
  }

  /** The agent's code has not run: a step is due when it was, or immediately for guidance that waits. */
  #keepDue(): void {
    if (this.#parts.mailbox.length === 0) return;
    this.#next = null;
    this.#dueAt = steadyNow();
  }
}

/** Lets messages arrive between two steps: steps that never wait would keep them out forever. */
function leaveToEvents(): Promise<void> {
  return new Promise((resolve) => {
    afterThisTurn(resolve);
  });
}
