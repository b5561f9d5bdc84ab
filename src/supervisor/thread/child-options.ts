/** What a child is given, and whom it notifies; `Sender` is the child. Types only. */

import type {
  ActorSpec,
  LlmReport,
  LogReport,
  ProgressReport,
  SettledReport,
  StepReport,
} from "../../boundary/protocol.ts";
import type { UnassignedThread } from "./unassigned-thread.ts";

/** Receives the reports that pass the check, in their order, and none after `ended` has resolved. */
export interface ReportReceiver<Sender> {
  readonly onReady: (child: Sender) => void;
  readonly onSettled: (child: Sender, report: SettledReport) => void;
  readonly onStep: (child: Sender, report: StepReport) => void;
  readonly onProgress: (child: Sender, report: ProgressReport) => void;
}

export interface ChildOptions<Sender> extends ReportReceiver<Sender> {
  readonly spec: ActorSpec;
  /** Owned by the child from here on. */
  readonly thread: UnassignedThread;
  /** Answers a model call over the port that came with it. */
  readonly onLlm: (report: LlmReport) => void;
  readonly onLog: (report: LogReport) => void;
}
