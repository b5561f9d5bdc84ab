/**
 * Runs one step: takes the waiting guidance, runs the agent's code, reports the outcome.
 * Changes of a failing step to the agent's state are undone; those of guidance before it are kept.
 */

import type { AgentContext, AgentDefinition } from "../agents/define-agent.ts";
import type { ActorControl } from "../boundary/control-block.ts";
import type { Report } from "../boundary/protocol.ts";
import type { Guidance } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import type { NextStep } from "../model/next-step.ts";
import { ActorFailure } from "./actor-failure.ts";
import type { ActorLog } from "./actor-log.ts";
import { findRefusal } from "./addons.ts";
import { parseGuidance, type Received, takeAsSent } from "./agent-guidance.ts";
import type { AgentState } from "./agent-state.ts";
import { wallNow } from "./clock.ts";
import type { Effects } from "./effects.ts";
import type { EndedCalls } from "./ended-calls.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Sleeper } from "./sleeper.ts";
import type { StepDeadline } from "./step-deadline.ts";
import { classifyThrown, type StepFault, stepTimeout } from "./step-fault.ts";
import type { StepProgress } from "./step-progress.ts";
import { type ReadResult, readStepResult } from "./step-result.ts";
import type { StepScope } from "./step-scope.ts";
import type { UsageMeter } from "./usage-meter.ts";

export interface StepRunnerParts {
  readonly definition: AgentDefinition;
  readonly ctx: AgentContext;
  readonly state: AgentState;
  readonly scope: StepScope;
  readonly control: ActorControl;
  readonly mailbox: Mailbox;
  readonly sleeper: Sleeper;
  readonly deadline: StepDeadline;
  readonly progress: StepProgress;
  readonly heartbeat: Heartbeat;
  readonly usage: UsageMeter;
  readonly calls: Pick<EndedCalls, "take">;
  readonly effects: Pick<Effects, "endStep">;
  readonly log: ActorLog;
  readonly send: (report: Report) => void;
}

/** What the loop does after a step. */
export type StepEnd =
  | { readonly next: "continue"; readonly due: NextStep; readonly withinMs: number | null }
  | { readonly next: "back_off"; readonly error: ErrorData }
  | { readonly next: "finish" }
  /** It refused guidance: the next step is due when this one was. */
  | { readonly next: "keep" };

/** One step while it runs. */
interface RunningStep {
  readonly iteration: number;
  /** Guidance that the type's schema refuses comes first: it is used, and the rest is not. */
  taken: readonly Guidance[];
  /** How many of `taken`, from the first, count as used. */
  usedCount: number;
  /** How many after those the step has thrown on. */
  failedCount: number;
  /** The subject once guidance was applied. */
  subject: string | null;
  readonly startedAt: number;
}

type Outcome =
  | ({ readonly status: "ok" } & Omit<ReadResult, "context">)
  | (StepFault & { readonly phase: "interrupt" | "step" });

export class StepRunner {
  readonly #parts: StepRunnerParts;
  /** Steps ended so far. */
  #iteration: number;

  constructor(parts: StepRunnerParts, iteration: number) {
    this.#parts = parts;
    this.#iteration = iteration;
  }

  /**
   * @param due what the last step said of this one; a step that refuses guidance leaves it as it is
   * @throws {ActorFailure} after the step's report, if the agent cannot continue.
   */
  async run(due: NextStep): Promise<StepEnd> {
    const { scope, mailbox, log, deadline, progress } = this.#parts;
    const step = this.#begin();
    const outcome = await this.#perform(step);
    deadline.end();
    progress.end();
    scope.closeStep();
    mailbox.putBack(step.taken.slice(step.usedCount));
    this.#report(step, outcome, due);
    log.reportDropped();
    return endOf(outcome);
  }

  #begin(): RunningStep {
    const { mailbox, scope, control, state, deadline, progress, send } = this.#parts;
    const taken = mailbox.take();
    const iteration = this.#iteration + 1;
    const startedAt = wallNow();
    control.beginStep(iteration, startedAt);
    if (taken.length > 0) send({ kind: "taken", iteration, guidance: idsOf(taken) });
    scope.openStep(iteration);
    progress.begin(iteration);
    deadline.begin();
    const { subject } = state;
    return { iteration, taken, usedCount: 0, failedCount: 0, subject, startedAt };
  }

  async #perform(step: RunningStep): Promise<Outcome> {
    const { definition, state, control } = this.#parts;
    const parsed = await this.#parseGuidance(step);
    const fault = "status" in parsed ? parsed : await this.#deliverGuidance(step, parsed);
    if (fault !== undefined) return { ...fault, phase: "interrupt" };
    step.subject = state.subject;
    control.setGuidancePiece(0);
    const outcome = await this.#callStep();
    // Without onInterrupt only the step has seen the guidance.
    const isTaken = definition.onInterrupt !== undefined || outcome.status === "ok";
    if (isTaken) step.usedCount = step.taken.length;
    else countFailed(step, outcome, step.taken.length);
    return outcome;
  }

  /**
   * Guidance that the type's schema refuses ends the step before the agent's code has seen any. The step
   * has used it; what was accepted waits for the next.
   */
  async #parseGuidance(step: RunningStep): Promise<readonly Received[] | StepFault> {
    const { definition, scope, heartbeat, control } = this.#parts;
    const onPiece = (piece: number) => control.setGuidancePiece(piece);
    const { accepted, refused, error } =
      definition.guidance === undefined
        ? takeAsSent(step.taken)
        : await heartbeat.while(() => parseGuidance(definition, step.taken, onPiece));
    if (error === undefined) {
      scope.setGuidance(accepted.map(({ content }) => content));
      return accepted;
    }
    step.taken = [...refused, ...accepted.map(({ guidance }) => guidance)];
    step.usedCount = refused.length;
    return { status: "error", error: toErrorData(error), cause: "refused" };
  }

  /** Calls `onInterrupt` for each piece; the first that fails ends the step. */
  async #deliverGuidance(
    step: RunningStep,
    received: readonly Received[],
  ): Promise<StepFault | undefined> {
    const { definition, ctx, state, heartbeat, control } = this.#parts;
    if (definition.onInterrupt === undefined) return undefined;
    for (const [index, { guidance, content }] of received.entries()) {
      control.setGuidancePiece(index + 1);
      try {
        await heartbeat.while(() => definition.onInterrupt?.(ctx, content));
        state.mark();
        step.usedCount += 1;
      } catch (thrown) {
        state.rollBack();
        const fault = this.#classify(thrown);
        countFailed(step, fault, 1);
        return nameGuidance(fault, guidance.action_id);
      }
    }
    return undefined;
  }

  async #callStep(): Promise<Outcome> {
    const { definition, ctx, state, heartbeat } = this.#parts;
    try {
      const returned = await heartbeat.while(() => definition.step(ctx));
      const { context, ...read } = readStepResult(returned, wallNow());
      if (context !== undefined) state.context = context;
      state.mark();
      return { status: "ok", ...read };
    } catch (thrown) {
      state.rollBack();
      return { ...this.#classify(thrown), phase: "step" };
    }
  }

  #classify(thrown: unknown): StepFault {
    const { scope, deadline } = this.#parts;
    if (scope.isTimedOut && deadline.allowedMs !== null) {
      return stepTimeout(thrown, deadline.allowedMs);
    }
    return classifyThrown(findRefusal(thrown) ?? thrown, scope.signal);
  }

  #report(step: RunningStep, outcome: Outcome, due: NextStep): void {
    const { state, control, usage, calls, effects, send } = this.#parts;
    const { iteration, subject, startedAt } = step;
    const endedAt = wallNow();
    const result = outcome.status === "ok" ? outcome.result : null;
    if (result !== null) state.remember({ iteration, subject, result, at: endedAt });
    this.#iteration = iteration;
    control.setIteration(iteration);
    send({
      kind: "step",
      iteration,
      status: outcome.status,
      subject,
      result,
      error: outcome.status === "ok" ? null : outcome.error,
      usage: usage.take(),
      startedAt,
      endedAt,
      contextJson: state.takeContextChange(),
      currentSubject: state.subject,
      guidanceUsed: idsOf(step.taken.slice(0, step.usedCount)),
      guidanceFailed: idsOf(step.taken.slice(step.usedCount).slice(0, step.failedCount)),
      isDone: outcome.status === "ok" && outcome.isDone,
      next: nextOf(outcome, due),
      calls: calls.take(),
    });
    effects.endStep(iteration, outcome.status === "ok");
  }
}

function nextOf(outcome: Outcome, due: NextStep): NextStep {
  if (outcome.status === "ok") return outcome.next;
  return outcome.status === "error" && outcome.cause === "refused" ? due : null;
}

function endOf(outcome: Outcome): StepEnd {
  switch (outcome.status) {
    case "ok":
      if (outcome.isDone) return { next: "finish" };
      return { next: "continue", due: outcome.next, withinMs: outcome.withinMs };
    case "aborted":
      return { next: "continue", due: null, withinMs: null };
    case "error":
      if (outcome.cause === "refused") return { next: "keep" };
      if (outcome.cause === "thrown") throw new ActorFailure(outcome.phase, outcome.error);
      return { next: "back_off", error: outcome.error };
  }
}

/**
 * The guidance that a failing step, or its onInterrupt, had before it: after an abort, or a failure of
 * the model, the next step gets it again; an outcome that cannot be stored would not change. After a throw
 * the supervisor decides: it knows whether another try follows.
 */
function countFailed(step: RunningStep, fault: StepFault, count: number): void {
  if (fault.status === "aborted" || fault.cause === "model") return;
  if (fault.cause === "unstorable") step.usedCount += count;
  else step.failedCount = count;
}

function idsOf(guidance: readonly Guidance[]): readonly string[] {
  return guidance.map(({ action_id }) => action_id);
}

function nameGuidance(fault: StepFault, actionId: string): StepFault {
  if (fault.error === null) return fault;
  const message = `onInterrupt with the guidance of action ${actionId}: ${fault.error.message}`;
  const error = {
    ...fault.error,
    message,
    details: { ...fault.error.details, action_id: actionId },
  };
  return { ...fault, error } as StepFault;
}
