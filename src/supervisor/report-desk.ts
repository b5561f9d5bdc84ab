/** The report desk of one agent: puts its thread's reports into the record, and stores the record. */

import type { ProgressReport, SettledReport, StepReport } from "../boundary/protocol.ts";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import { newStepId } from "../model/ids.ts";
import type { WholeStepRow } from "../model/step.ts";
import type { AgentRecord } from "./agent-record.ts";
import { cutOffReport } from "./cut-off-step.ts";
import type { AgentEffects } from "./effects/agent-effects.ts";
import { FailedSteps } from "./failed-steps.ts";
import { isRecordFault, pausedByFailures } from "./failures.ts";
import { toStepRow } from "./step-row.ts";
import type { Child } from "./thread/child.ts";
import type { OpenStep } from "./thread/thread-steps.ts";
import type { UpkeepOptions } from "./upkeep-options.ts";

export interface ReportDeskOptions
  extends Pick<UpkeepOptions, "log" | "graceMs" | "onProgress" | "onUnstored"> {
  readonly effects: Pick<AgentEffects, "takeStep" | "stepStored">;
  /** Called if a report of the thread cannot be stored, now or ever. */
  readonly onUnstorable: (child: Child, thrown: unknown) => void;
  /** Called for each step that succeeds. */
  readonly onSuccess: () => void;
  /** True if the agent would continue after this error of a step, and without the guidance of that step. */
  readonly isLastTry: (error: ErrorData) => boolean;
}

export class ReportDesk {
  readonly #record: AgentRecord;
  readonly #options: ReportDeskOptions;
  readonly #failedSteps = new FailedSteps();
  #readyStored: Promise<void> = Promise.resolve();

  constructor(record: AgentRecord, options: ReportDeskOptions) {
    this.#record = record;
    this.#options = options;
  }

  /** Setup has ended. */
  takeReady(child: Child): void {
    const record = this.#record;
    if (!record.trigger("ready")) return;
    if (record.row.paused) record.trigger("pause");
    this.#readyStored = this.#save(child);
  }

  /** Resolves once reads find the status after the newest setup, or it cannot be stored. Never rejects. */
  get readyStored(): Promise<void> {
    return this.#readyStored;
  }

  takeSettled(child: Child, { desiredVersion }: SettledReport): void {
    if (child.desiredVersion !== desiredVersion || !this.#record.trigger("settle")) return;
    this.saveSoon(child);
  }

  takeStep(child: Child, report: StepReport): void {
    // Before the ids of its calls: a start looks for calls from the oldest step on that rows may lack.
    const stepId = newStepId();
    this.#options.effects.takeStep(child, report);
    this.#addStep(child, report, stepId);
  }

  /** The thread's end has cut the step off. Must be called before its calls are cut off, too. */
  takeCutOff(child: Child, step: OpenStep, error: ErrorData): void {
    const { current_subject: subject } = this.#record.row;
    this.#addStep(child, cutOffReport(step, { error, subject, endedAt: Date.now() }), newStepId());
  }

  #addStep(child: Child, report: StepReport, stepId: string): void {
    const record = this.#record;
    const { row, epoch } = record;
    const isLastTry = report.error !== null && this.#options.isLastTry(report.error);
    const step = toStepRow(report, { stepId, row, epoch, isLastTry });
    record.addStep(step);
    if (this.#failedSteps.add(step)) this.#pauseByFailures(child, step);
    if (step.status === "ok") this.#options.onSuccess();
    if (step.done) this.#finish(child);
    this.#saveStep(child, step);
  }

  takeProgress({ kind: _kind, ...progress }: ProgressReport): void {
    this.#options.onProgress(this.#record.id, progress);
  }

  forgetFailedSteps(): void {
    this.#failedSteps.reset();
  }

  /** Stores the record; a failure is logged. */
  saveSoon(child: Child): void {
    void this.#save(child);
  }

  #save(child: Child): Promise<void> {
    return this.#record.save().catch((thrown: unknown) => this.#onUnsaved(child, thrown));
  }

  /** A thread may continue as soon as the step is stored; the stored row may be older. */
  #saveStep(child: Child, step: WholeStepRow): void {
    const { stored, merged } = this.#record.saveStep(step);
    stored.then(
      () => this.#options.effects.stepStored(step.iteration),
      () => undefined, // then `merged` rejects, too
    );
    merged.catch((thrown: unknown) => this.#onUnsaved(child, thrown));
  }

  /** The step's row has `done`, so after a crash before the thread's end the agent is done, too. */
  #finish(child: Child): void {
    const timer = setTimeout(() => child.terminate(), this.#options.graceMs(this.#record.row));
    void child.ended.then(() => clearTimeout(timer));
  }

  /** The agent waits for a resume, so that it wastes no further calls. */
  #pauseByFailures(child: Child, { error, iteration }: WholeStepRow): void {
    const record = this.#record;
    if (error === null || record.row.paused || !record.trigger("pause")) return;
    const cause = pausedByFailures(record.id, this.#failedSteps.inARow, { error, iteration });
    record.change({ paused: true, last_error: { ...cause, at: Date.now() } });
    child.setDesired("pause");
    this.#options.log.warn({ agent: record.id, error: cause }, "agent paused itself");
  }

  #onUnsaved(child: Child, thrown: unknown): void {
    if (isRecordFault(thrown)) this.#options.onUnstorable(child, thrown);
    const { stack: _ours, ...error } = toErrorData(thrown, "STORE_UNAVAILABLE");
    this.#options.onUnstored(this.#record.id, error);
  }
}
