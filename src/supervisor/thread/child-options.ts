/** What a child is given: its agent, its thread, and the receivers of its reports. Types only. */

import type {
  ActorSpec,
  AskReport,
  CallsReport,
  EffectReport,
  LlmReport,
  LogReport,
  RecallReport,
  SettledReport,
  StepReport,
} from "../../boundary/protocol.ts";
import type { UnassignedThread } from "./unassigned-thread.ts";

/** Receives the reports that pass the check, in their order, and none after `ended` has resolved. */
export interface ReportReceiver<Child> {
  readonly onReady: (child: Child) => void;
  readonly onSettled: (child: Child, report: SettledReport) => void;
  readonly onStep: (child: Child, report: StepReport) => void;
  readonly onEffects: (child: Child, report: EffectsReport) => void;
}

/** A report about what a step did outside. */
export type EffectsReport = CallsReport | EffectReport | RecallReport | AskReport;

export interface ChildOptions<Child> extends ReportReceiver<Child> {
  readonly spec: ActorSpec;
  /** Owned by the child from here on. */
  readonly thread: UnassignedThread;
  /** Answers a model call over the port that came with it. */
  readonly onLlm: (report: LlmReport) => void;
  readonly onLog: (report: LogReport) => void;
}
