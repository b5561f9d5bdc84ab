/** What a child is given, and whom it notifies; `Sender` is the child. Types only. */

import type {
  ActorSpec,
  AskReport,
  CallsReport,
  EffectReport,
  LlmReport,
  LogReport,
  ProgressReport,
  RecallReport,
  SettledReport,
  StepReport,
} from "../../boundary/protocol.ts";
import type { UnassignedThread } from "./unassigned-thread.ts";

/** Receives the reports that pass the check, in their order, and none after `ended` has resolved. */
export interface ReportReceiver<Sender> {
  readonly onReady: (child: Sender) => void;
  readonly onSettled: (child: Sender, report: SettledReport) => void;
  readonly onStep: (child: Sender, report: StepReport) => void;
  readonly onEffects: (child: Sender, report: EffectsReport) => void;
  readonly onProgress: (child: Sender, report: ProgressReport) => void;
}

/** A report about what a step did outside. */
export type EffectsReport = CallsReport | EffectReport | RecallReport | AskReport;

export interface ChildOptions<Sender> extends ReportReceiver<Sender> {
  readonly spec: ActorSpec;
  /** Owned by the child from here on. */
  readonly thread: UnassignedThread;
  /** Answers a model call over the port that came with it. */
  readonly onLlm: (report: LlmReport) => void;
  readonly onLog: (report: LogReport) => void;
}
