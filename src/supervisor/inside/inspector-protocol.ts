/** The messages between the main thread and the inspector's thread. */

import type { HeapSummary, StackFrame } from "../../model/agent-inside.ts";

/** What is asked about a thread. */
export type Question =
  | { readonly kind: "stack" }
  | { readonly kind: "cpu_profile"; readonly ms: number }
  | { readonly kind: "heap_profile"; readonly ms: number }
  | { readonly kind: "heap_summary" };

export type QuestionKind = Question["kind"];

/** The answer to each kind of question; profiles are JSON text in Chrome's formats. */
export interface Answers {
  readonly stack: readonly StackFrame[];
  readonly cpu_profile: string;
  readonly heap_profile: string;
  readonly heap_summary: Omit<HeapSummary, "agent_id" | "at">;
}

export type InspectorRequest =
  | { readonly id: number; readonly threadId: number; readonly question: Question }
  /** Nobody waits for the answer any longer: a profile ends now. */
  | { readonly id: number; readonly cancel: true }
  /** Main has begun the hold that an {@link InspectorStop} asked for. */
  | { readonly id: number; readonly mayStop: true };

/** `gone`: the thread has ended; `silent`: it did not answer in time. */
export type InspectorFault = "gone" | "silent" | "too_large" | "failed";

/** Why a question to a thread has no answer. */
export class InspectorError extends Error {
  override readonly name = "InspectorError";
  readonly fault: InspectorFault;

  constructor(fault: InspectorFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

export type InspectorAnswer =
  | { readonly id: number; readonly answer: Answers[QuestionKind] }
  | { readonly id: number; readonly fault: InspectorFault; readonly message: string };

/** An answer needs its thread stopped, and waits for `mayStop`; or the thread continues. */
export interface InspectorStop {
  readonly id: number;
  readonly stops: boolean;
}

/** What the inspector's thread starts with. */
export interface InspectorData {
  /** For heap snapshots; the main thread removes it when the thread has ended, however it ended. */
  readonly heapFolder: string;
}
