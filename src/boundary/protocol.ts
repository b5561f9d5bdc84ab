/**
 * What crosses the boundary between the main thread and an agent's thread. Types only.
 *
 * Commands go down as calls of {@link ActorCommands} over Comlink, exposed inside the thread alone;
 * reports come up as plain messages and are checked on arrival. Both go over the thread's own port:
 * each further one makes every turn of main's event loop longer, which looks at all of them. The desired state to
 * run, pause or stop is in shared memory (control-block.ts), so that it is seen without any message;
 * a command only wakes the sleeper.
 */

import type { MessagePort } from "node:worker_threads";
import type { Guidance, HistoryEntry } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import type { StepStatus } from "../model/step.ts";
import type { MarkPlace } from "./step-marks.ts";

/** What a thread is given when it is made; nothing in it says yet which agent it will be. */
export interface ThreadData {
  /** Behind the control block. */
  readonly control: SharedArrayBuffer;
  /** Undefined where no heart would read it. */
  readonly stepMark?: MarkPlace | undefined;
  /** Behind the budget of log lines, which all threads share. */
  readonly logBudget?: SharedArrayBuffer | undefined;
}

/** What a thread needs to become an agent: the agent as its last stored step left it. */
export interface ActorSpec {
  readonly agentId: string;
  readonly agentType: string;
  /** URL of the module that defines the type; null for one that is built in. */
  readonly moduleUrl: string | null;
  readonly generation: number;
  /** Steps ended so far. */
  readonly iteration: number;
  /** Milliseconds from the start of one step to the start of the next. */
  readonly intervalMs: number;
  /** Settings of the type's own; its schema is applied in the thread. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly subject: string | null;
  readonly context: unknown;
  readonly history: readonly HistoryEntry[];
  /** Guidance that came in and was not used yet, oldest first. */
  readonly guidance: readonly Guidance[];
}

/** `next`: guidance waits for the next step boundary; `now`: it also aborts the running step. */
export type InterruptMode = "next" | "now";

/**
 * Calls into the thread. All return at once; what they lead to comes as reports.
 * Pause and resume have no call of their own: main writes the desired state, then wakes.
 */
export interface ActorCommands {
  start(spec: ActorSpec): void;
  /** Look at the desired state again; ends a sleep. */
  wake(): void;
  /** Refused with `GUIDANCE_LIMIT` where too much waits; a second delivery changes nothing. */
  interrupt(guidance: Guidance, mode: InterruptMode): void;
  /** Aborts the running step: its signal fires, its model calls end. Used once a stop is requested. */
  abort(): void;
}

/** What a thread tells the main thread. */
export type Report =
  | ReadyReport
  | SettledReport
  | StepReport
  | LlmReport
  | LogReport
  | EndedReport
  | FailedReport;

/** `setup` has ended; the loop begins. */
export interface ReadyReport {
  readonly kind: "ready";
}

/** The loop rests at a step boundary because a pause is requested. */
export interface SettledReport {
  readonly kind: "settled";
  /** Version of the desired state that the thread saw, so that an answer to an older one is not believed. */
  readonly desiredVersion: number;
}

/** A step has ended, whichever way. */
export interface StepReport {
  readonly kind: "step";
  readonly iteration: number;
  readonly status: StepStatus;
  /** The subject as it was when the step began. */
  readonly subject: string | null;
  readonly result: string | null;
  readonly error: ErrorData | null;
  /** Sum of the step's model calls; null where it made none. */
  readonly usage: LlmUsage | null;
  readonly startedAt: number;
  readonly endedAt: number;
  /** JSON text of the agent's own state after the step; null = as before. */
  readonly contextJson: string | null;
  /** The subject that the agent has now. */
  readonly currentSubject: string | null;
  /** Ids of the actions whose guidance was used in this step. */
  readonly guidanceUsed: readonly string[];
  /** True where the agent said that it is done: no step follows, `onStop` does. Left out: it goes on. */
  readonly isDone?: boolean;
}

/** A model call; its answer comes over `port`, see model/llm-call.ts. */
export interface LlmReport {
  readonly kind: "llm";
  readonly request: LlmRequest;
  readonly port: MessagePort;
}

export interface LogReport {
  readonly kind: "log";
  readonly level: "debug" | "info" | "warn" | "error";
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The loop is over: a stop was requested, or the agent said that it is done. The thread ends next. */
export interface EndedReport {
  readonly kind: "ended";
  readonly reason: "stopped" | "finished";
}

/**
 * The agent's own code failed in a way that the loop does not survive. The thread ends next; only
 * after a failing `onStop` (phase `stop`) an {@link EndedReport} comes first.
 */
export interface FailedReport {
  readonly kind: "failed";
  readonly phase: "load" | "config" | "setup" | "interrupt" | "step" | "stop";
  readonly error: ErrorData;
}
