/**
 * The messages between the main thread and an agent's thread. Types only.
 *
 * Commands go down as calls of {@link ActorCommands} over Comlink, which is exposed only inside the
 * thread; reports come up as plain messages and are checked on arrival, Comlink's answers among them. All
 * use the thread's own port: each further port would make every turn of main's event loop longer. The desired state (run, pause or
 * stop) is in shared memory (control-block.ts) and seen without any message; a command only wakes the
 * sleeper.
 */

import type { MessagePort } from "node:worker_threads";
import type { Guidance, HistoryEntry } from "../model/agent.ts";
import type { EffectState } from "../model/effect-states.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { NextStep } from "../model/next-step.ts";
import type { StepStatus } from "../model/step-status.ts";
import type { MarkPlace } from "./step-marks.ts";

/** What a new thread is given; it has no agent yet. */
export interface ThreadData {
  /** Memory of the control block. */
  readonly control: SharedArrayBuffer;
  /** Undefined without a heart, which would read it. */
  readonly stepMark?: MarkPlace | undefined;
  /** Memory of the budget of log lines, which all threads share. */
  readonly logBudget?: SharedArrayBuffer | undefined;
  /** In the build; in the source tree a thread loads the files. */
  readonly code?: ThreadCode | undefined;
  /** Set in the thread, by that which runs the code. */
  runner?: CodeRunner | undefined;
}

/** Imports a module by its URL. */
export type ImportModule = (url: string) => Promise<{ readonly default?: unknown }>;

export interface CodeRunner {
  /** Code that was not loaded by Node cannot import. */
  readonly importModule: ImportModule;
  /** Called after the first step. */
  readonly onStepped: () => void;
}

/** What a thread runs, in memory that all of them share. */
export interface ThreadCode {
  /** Its path, for stacks. */
  readonly file: string;
  readonly source: SharedArrayBuffer;
  /** What V8 had compiled in an earlier thread. */
  readonly compiled?: SharedArrayBuffer | undefined;
  /** Where a thread puts that if there is none. */
  readonly cacheFile: string;
}

/** The agent that a thread becomes, as its last stored step left it. */
export interface ActorSpec {
  readonly agentId: string;
  readonly agentType: string;
  /** URL of the module that defines the type; null for a built-in one. */
  readonly moduleUrl: string | null;
  readonly generation: number;
  /** Steps ended so far. */
  readonly iteration: number;
  /** Milliseconds from the start of one step to the start of the next. */
  readonly intervalMs: number;
  /** When its next step is due, as its last step said. */
  readonly next: NextStep;
  /** Milliseconds after which a running step is aborted; null = never. */
  readonly stepTimeoutMs: number | null;
  /** The first iteration of the open turn (model/effect.ts). */
  readonly turn: number;
  /** True if the open turn may have effects of an earlier thread. */
  readonly mayHaveEffects: boolean;
  /** What the keys of its effects are made of; different for each agent of each database. */
  readonly effectSeed: string;
  /** The type's own settings; its schema is applied in the thread. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly subject: string | null;
  /** JSON text of the agent's own state; `null` for one that has none yet. */
  readonly contextJson: string;
  readonly history: readonly HistoryEntry[];
  /** Guidance that was not used yet, oldest first. */
  readonly guidance: readonly Guidance[];
}

/** `next`: guidance waits for the next step boundary; `now`: it also aborts the running step. */
export type InterruptMode = "next" | "now";

/**
 * Calls into the thread. One that throws is refused, and main receives the error; further effects arrive
 * as reports. Pause and resume have no call: main writes the desired state, then wakes.
 */
export interface ActorCommands {
  start(spec: ActorSpec): void;
  /** Ends a sleep, so that the desired state is read again. */
  wake(): void;
  /**
   * A second delivery changes nothing.
   * @throws {TroupeError} `GUIDANCE_LIMIT` if too much guidance waits.
   */
  interrupt(guidance: Guidance, mode: InterruptMode): void;
  /** Answers a {@link RecallReport}. */
  recalled(answer: RecalledEffects): void;
  /** Aborts the running step: its signal fires, its model calls end. Used once a stop is requested. */
  abort(): void;
}

/** A message from a thread to the main thread. */
export type Report =
  | AnswerReport
  | ReadyReport
  | SettledReport
  | TakenReport
  | StepReport
  | ProgressReport
  | LlmReport
  | CallsReport
  | EffectReport
  | RecallReport
  | AskReport
  | LogReport
  | EndedReport
  | FailedReport;

/** Comlink's answer to a command. */
export interface AnswerReport {
  readonly kind: "answer";
  /** Comlink's own; checked only for its size and for being plain data. */
  readonly message: unknown;
}

/** `setup` has ended; the loop starts. */
export interface ReadyReport {
  readonly kind: "ready";
}

/** The loop rests at a step boundary because a pause is requested. */
export interface SettledReport {
  readonly kind: "settled";
  /** Version of the desired state that the thread read; a report for an older one is ignored. */
  readonly desiredVersion: number;
}

/**
 * A step has started with guidance: if the thread dies in the step, main knows what it had. Which piece the
 * agent's code was given alone is in the control block.
 */
export interface TakenReport {
  readonly kind: "taken";
  readonly iteration: number;
  /** Ids of the actions, in the order in which the agent's code gets them. */
  readonly guidance: readonly string[];
}

/** A step has ended: ok, failed or aborted. */
export interface StepReport {
  readonly kind: "step";
  readonly iteration: number;
  readonly status: StepStatus;
  /** The subject as it was when the step started. */
  readonly subject: string | null;
  readonly result: string | null;
  readonly error: ErrorData | null;
  /** Sum of the step's model calls; null without any. */
  readonly usage: LlmUsage | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** JSON text of the agent's own state after the step; null = as before. */
  readonly contextJson: string | null;
  /** The subject after the step. */
  readonly currentSubject: string | null;
  /** Ids of the actions whose guidance was used in this step. */
  readonly guidanceUsed: readonly string[];
  /** Of those whose guidance it threw on; the main thread decides whether a further try gets it. */
  readonly guidanceFailed?: readonly string[];
  /** True if the agent is done: `onStop` follows instead of a step. */
  readonly isDone?: boolean;
  /** When the next step is due, as this one said; null after a step that failed. */
  readonly next: NextStep;
  /** Its model calls that ended since the last report of them. */
  readonly calls?: readonly EndedCall[] | undefined;
}

/** How far the running step is. Never stored. */
export interface ProgressReport {
  readonly kind: "progress";
  /** Number of the step. */
  readonly iteration: number;
  readonly text: string;
  /** From 0 to 1; null = the step did not say. */
  readonly fraction: number | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A model call; its answer is sent over `port`, see model/llm-call.ts. */
export interface LlmReport {
  readonly kind: "llm";
  readonly request: LlmRequest;
  readonly port: MessagePort;
  /** The thread's number for it. */
  readonly call: number;
  /** The step that makes it; null for setup and `onStop`. */
  readonly iteration: number | null;
  /** True if an answer from before the end of an earlier thread must not be used. */
  readonly isFresh: boolean;
}

/** A model call that has ended in the thread. */
export interface EndedCall {
  readonly call: number;
  /** JSON text of the answer; null if it failed, or if the answer is too large to be kept. */
  readonly valueJson: string | null;
  readonly error: ErrorData | null;
  readonly usage: LlmUsage | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Model calls whose step continues. */
export interface CallsReport {
  readonly kind: "calls";
  /** How many reports of effects and calls the thread has sent, with this one; wraps. */
  readonly nth: number;
  readonly calls: readonly EndedCall[];
}

/** A new state of a `ctx.once`. */
export interface EffectReport {
  readonly kind: "effect";
  /** As in {@link CallsReport}. */
  readonly nth: number;
  /** The thread's number for the effect, the same in all its states. */
  readonly effect: number;
  readonly iteration: number;
  /** The first iteration of its turn; 0 if its key holds for all turns. */
  readonly turn: number;
  readonly key: string;
  readonly state: EffectState;
  /** JSON text; null without a result. */
  readonly valueJson: string | null;
  readonly error: ErrorData | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** Asks for the effects of earlier threads: of the open turn, or with a key that holds for all turns. */
export interface RecallReport {
  readonly kind: "recall";
  /** Null for the open turn. */
  readonly key: string | null;
}

/** The step cannot continue until somebody says what became of this effect. */
export interface AskReport {
  readonly kind: "ask";
  /** Its id, as it was recalled, or the thread's own number. */
  readonly effect: string | number;
}

/** Main's answer to a {@link RecallReport}. */
export interface RecalledEffects {
  readonly key: string | null;
  /** One for each key, the newest. */
  readonly effects: readonly RecalledEffect[];
}

export interface RecalledEffect {
  readonly effectId: string;
  readonly key: string;
  readonly state: "done" | "unknown";
  /** JSON text; null without a result. */
  readonly valueJson: string | null;
  /** Why the result could not be kept. */
  readonly error: ErrorData | null;
}

export interface LogReport {
  readonly kind: "log";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The loop has ended: a stop was requested, or a rest, or the agent is done. The thread ends next. */
export interface EndedReport {
  readonly kind: "ended";
  readonly reason: "stopped" | "finished" | "rested";
}

/**
 * The agent's own code failed in a way that ends the loop. The thread ends next; after a failing
 * `onStop` (phase `stop`) an {@link EndedReport} is sent first.
 */
export interface FailedReport {
  readonly kind: "failed";
  readonly phase: "load" | "config" | "setup" | "interrupt" | "step" | "stop";
  readonly error: ErrorData;
}
