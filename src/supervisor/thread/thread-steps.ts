/** What main knows of the steps of one thread: when the running one started, how far it is, what it has. */

import type { MainControl } from "../../boundary/control-block.ts";
import type { ProgressReport, StepReport, TakenReport } from "../../boundary/protocol.ts";
import type { Progress } from "../../model/agent-view.ts";

/**
 * A step that has started and whose own report main has not read. If the thread is gone, the step has ended
 * with it.
 */
export interface OpenStep {
  readonly iteration: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Ids of the actions whose guidance the agent's code has, or had last. */
  readonly guidance: readonly string[];
  /** True if that is one piece, which `onInterrupt` or the type's schema was given alone. */
  readonly isOnePiece: boolean;
}

type StepWords = Pick<MainControl, "stepBegun" | "stepStartedAt" | "guidancePiece" | "phase">;

export class ThreadSteps {
  readonly #words: StepWords;
  /** Number of the last step that was reported. */
  #reported: number;
  #taken: TakenReport | undefined;
  #progress: Progress | undefined;

  /** @param iteration steps of the agent before the thread's first */
  constructor(words: StepWords, iteration: number) {
    this.#words = words;
    this.#reported = iteration;
  }

  take(report: TakenReport | ProgressReport | StepReport): void {
    switch (report.kind) {
      case "taken":
        this.#taken = report;
        return;
      case "progress": {
        const { kind: _kind, ...progress } = report;
        this.#progress = progress;
        return;
      }
      case "step":
        this.#reported = report.iteration;
        this.#progress = undefined;
        return;
    }
  }

  /** When the running step started, in milliseconds since the epoch; undefined between steps. */
  get since(): number | undefined {
    return this.#words.phase === "step" ? this.#words.stepStartedAt : undefined;
  }

  /** What the running step said about how far it is. */
  get progress(): Progress | undefined {
    return this.#words.phase === "step" ? this.#progress : undefined;
  }

  get open(): OpenStep | undefined {
    const { stepBegun: iteration, stepStartedAt: startedAt, guidancePiece } = this.#words;
    if (iteration <= this.#reported) return undefined;
    const isOnePiece = guidancePiece > 0;
    const taken = this.#taken?.iteration === iteration ? this.#taken.guidance : [];
    const guidance = isOnePiece ? taken.slice(guidancePiece - 1, guidancePiece) : taken;
    return { iteration, startedAt, guidance, isOnePiece };
  }
}
