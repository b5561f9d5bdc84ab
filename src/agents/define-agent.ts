/**
 * The form of an agent's module. It is also what `import … from "troupe"` gives inside an agent's
 * thread, so it loads no packages.
 */

import type { HistoryEntry } from "../model/agent.ts";
import type { IsJson, Json, JsonOf, NotJsonData, OuterJson } from "./json-data.ts";
import type { Llm } from "./llm.ts";
import type { Once } from "./once.ts";

export type { ErrorCode } from "../model/error-codes.ts";
export { TroupeError } from "../model/errors.ts";
export type { LlmCallOptions, LlmFunctions, LlmMedia } from "./llm.ts";
export { type Once, type OnceCall, type OnceOptions, UnknownOutcome } from "./once.ts";

/** The content of an interrupt. The agent's type decides what it means. */
export type GuidanceContent = Readonly<Record<string, unknown>>;

/** The default export of an agent's module. Only `type` and `step` are required. */
export interface AgentDefinition<
  Config = unknown,
  Context = unknown,
  Returned = StepResult<NoInfer<Context>>,
  Guidance = GuidanceContent,
> {
  /** The name under which agents of this type are created. */
  readonly type: string;
  /**
   * When its agents are started again: `permanent` always, `transient` only after a failure,
   * `temporary` never. The type's row in `agents_config` overrides this and the next seven settings.
   */
  readonly restart?: "permanent" | "transient" | "temporary";
  /** More restarts than this within `restarts_window_ms` end an agent in status `error`. */
  readonly restarts_max?: number;
  /** Milliseconds for which a restart counts. */
  readonly restarts_window_ms?: number;
  /** Milliseconds between the stop flag and the termination. */
  readonly destroy_timeout_ms?: number;
  /** Memory of one agent in MiB, heap and buffers together. */
  readonly memory_mb?: number;
  /**
   * Milliseconds from the start of one step to the start of the next, unless the agent's config has it or
   * the step returns `next`.
   */
  readonly interval_ms?: number;
  /**
   * Milliseconds after which the signal of a running step fires. A step that then throws, or has not
   * ended after `destroy_timeout_ms`, has failed with `STEP_TIMEOUT`. Left out: a step may take any time.
   */
  readonly step_timeout_ms?: number;
  /**
   * How often a step that throws, takes too long, or ends its thread while it has guidance, is tried again,
   * each time in a new thread and after a longer wait. Only later failures count as restarts. An agent that
   * has worked for `restarts_window_ms` without a failure has all tries again. 10 if left out.
   */
  readonly step_retries?: number;
  /**
   * Name of the model in `models.json` that answers its agents' calls, unless the agent's config has
   * another `model`, or a call names one.
   */
  readonly model?: string;
  /**
   * `always`: an agent keeps its thread while it has nothing to do, because its module has variables or
   * connections that must last. Left out: it gives its thread back then, see `TROUPE_IDLE_MS`.
   */
  readonly resident?: "always";
  /** Parses the config of one agent; without it `ctx.config` is what the creator gave. */
  readonly config?: InputSchema<Config>;
  /**
   * Parses each piece of guidance; without it the agent gets what was sent. It may run more than once for
   * the same piece. Guidance that it refuses does not reach the agent: the step that would have had it
   * fails with `GUIDANCE_INVALID`, and the agent's code does not run in that step.
   */
  readonly guidance?: InputSchema<Guidance>;
  /** `ctx.context` of a new agent. JSON data; each agent gets a copy. */
  readonly initialContext?: Context;
  /** Runs once in each thread of the agent, before its first step. */
  setup?(ctx: AgentContext<Config, Context, NoInfer<Guidance>>): Awaitable<void>;
  /** One round of the loop, the unit of progress. If it throws, its changes to context and subject are undone. */
  step(ctx: AgentContext<Config, Context, NoInfer<Guidance>>): Awaitable<Returned>;
  /** Runs for each piece of guidance before the step that has it in `ctx.guidance`. */
  onInterrupt?(
    ctx: AgentContext<Config, Context, NoInfer<Guidance>>,
    guidance: NoInfer<Guidance>,
  ): Awaitable<void>;
  /** Runs after the last step of a thread: the agent is stopped, done, or rests. Not if it is killed. */
  onStop?(ctx: AgentContext<Config, Context, NoInfer<Guidance>>): Awaitable<void>;
}

type Awaitable<T> = T | Promise<T>;

/** The outcome of one step. */
export interface StepResult<Context = unknown, Result = unknown> {
  /** Text as it is, other JSON data as JSON text. A long one is cut. */
  readonly result: Result;
  /** Replaces `ctx.context`, which may also be changed in place. JSON data. */
  readonly context?: Context;
  /** True when the agent has nothing left to do: it ends after this step. */
  readonly done?: boolean;
  /** When the next step is due; left out, `interval_ms` decides. */
  readonly next?: NextStep;
}

/**
 * When a step is due: at a time in milliseconds since the epoch, so many milliseconds after the end of the
 * step before it, or only when guidance arrives. It holds over restarts. Guidance does not wait for the time.
 */
export type NextStep =
  | { readonly at: number; readonly afterMs?: never }
  | { readonly afterMs: number; readonly at?: never }
  | "guidance";

/** The interface of an agent's code to Troupe. One object serves the whole life of the thread. */
export interface AgentContext<Config = unknown, Context = unknown, Guidance = GuidanceContent> {
  readonly agentId: string;
  /** Number of the running step, from 1, counted over all threads of this agent. */
  readonly iteration: number;
  readonly config: Config;
  /** The agent's own state, stored after each step that succeeds. JSON data. */
  context: Context;
  /** The agent's topic. Text of at most 2,000 characters. */
  subject: string | null;
  /** The last 20 results, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Guidance from interrupts since the last step, oldest first. */
  readonly guidance: readonly Guidance[];
  /** Fires when the running step must end immediately; each step has its own. */
  readonly signal: AbortSignal;
  /** The BAML functions. Their calls end with the step's signal. */
  readonly llm: Llm;
  /**
   * Calls the function, and keeps its result until a step succeeds: a step that is run again, after a
   * throw, a crash or a kill, gets that result and does not call it again. The promise resolves once the
   * result is stored. A throw frees the key. At most 256 keys a turn; results are JSON data of at most
   * 256 KiB. What follows if nobody knows whether the function has run: {@link OnceOptions}.
   */
  readonly once: Once;
  readonly log: AgentLog;
  /** Waits for `ms` milliseconds; ends early on stop, pause, interrupt and abort. */
  sleep(ms: number): Promise<void>;
  /** True as soon as a stop is requested, also inside a synchronous loop. */
  shouldStop(): boolean;
  /**
   * Shows how far the running step is, until it ends: in lists, on the agent's page and in the event
   * `agent.progress`. Costs no commit; may be called in a loop. Does nothing outside a step.
   * @param text at most 200 characters, the rest is cut
   * @param fraction from 0 to 1
   * @throws {TypeError} for other values
   */
  progress(text: string, fraction?: number, options?: ProgressOptions): void;
}

export interface ProgressOptions {
  /**
   * The step may run for so many milliseconds from now on, if its `step_timeout_ms` would end it sooner: at
   * most 86,400,000. Left out: progress extends nothing.
   */
  readonly extendMs?: number;
}

/** Lines in Troupe's log under the agent's id. Fields are JSON data. */
export interface AgentLog {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** A schema of any library with Standard Schema (zod, valibot, arktype …), or a function. */
export type InputSchema<Output> =
  | StandardSchema<Output>
  | ((input: Readonly<Record<string, unknown>>) => Awaitable<Output>);

/** The part of https://standardschema.dev that is used. */
export interface StandardSchema<Output> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Awaitable<StandardResult<Output>>;
  };
}

export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Errors of the compiler at `initialContext` and at `step`, if JSON text does not hold what they give. */
type JsonChecked<Context, Returned> = (IsJson<Context> extends true
  ? unknown
  : { readonly initialContext: JsonOf<Context> & NotJsonData }) &
  (IsJson<Returned> extends true ? unknown : { step(ctx: never): Awaitable<JsonOf<Returned>> });

/**
 * Only adds types: a plain object works too. Without type arguments all of the context and the result is
 * checked to be JSON data; with them, the context and the outermost value of the result.
 */
export function defineAgent<
  Config = Readonly<Record<string, unknown>>,
  Context = Json,
  Returned extends StepResult<NoInfer<Context>> = StepResult<Context, OuterJson>,
  Guidance = GuidanceContent,
>(
  definition: AgentDefinition<Config, Context, Returned, Guidance> & JsonChecked<Context, Returned>,
): AgentDefinition<Config, Context, StepResult<NoInfer<Context>>, Guidance> {
  return definition;
}

/** Not for agents: throws. An agent's thread does not reach the queue. */
export function openQueue(): never {
  throw notInsideAgents("openQueue");
}

/** Not for agents: throws. */
export function connect(): never {
  throw notInsideAgents("connect");
}

function notInsideAgents(name: string): Error {
  return new Error(
    `${name} of "troupe" cannot be used inside an agent; use defineAgent, and ctx in its step`,
  );
}
