/** The errors of a look inside an agent's thread. */

import type { ErrorCode } from "../../model/error-codes.ts";
import { TroupeError } from "../../model/errors.ts";
import { InspectorError, type InspectorFault, type QuestionKind } from "./inspector-protocol.ts";

const nouns: Readonly<Record<QuestionKind, string>> = {
  stack: "the stack",
  cpu_profile: "the processor profile",
  heap_profile: "the heap profile",
  heap_summary: "the heap summary",
};

const codes: Readonly<Record<InspectorFault, ErrorCode>> = {
  gone: "AGENT_HAS_NO_THREAD",
  silent: "INSPECTION_TIMEOUT",
  too_large: "INSPECTION_TOO_LARGE",
  failed: "INSPECTION_FAILED",
};

export function noThread(agentId: string, status: string): TroupeError {
  const message = `${agentId} is ${status} and has no thread now; only an agent with a thread can be inspected`;
  return new TroupeError("AGENT_HAS_NO_THREAD", message, { details: { status } });
}

/** Another question about the agent is under way. */
export function isBusy(agentId: string, kind: QuestionKind): TroupeError {
  const message = `${nouns[kind]} of ${agentId} is already being taken; try again when it has ended`;
  return new TroupeError("INSPECTION_BUSY", message);
}

export function tooMany(max: number): TroupeError {
  const message = `${max} profiles and heap summaries are already being taken; try again when one has ended`;
  return new TroupeError("INSPECTION_LIMIT", message);
}

export function tooLarge(agentId: string, bytes: number, max: number): TroupeError {
  const [has, most] = [bytes, max].map((size) => `${Math.ceil(size / 2 ** 20)} MiB`);
  const message = `the heap of ${agentId} is ${has}; a summary can be made of at most ${most}. A heap profile has no such limit`;
  return new TroupeError("INSPECTION_TOO_LARGE", message, { details: { bytes, max } });
}

/** The thread did not say how large its heap is. */
export function noHeap(agentId: string): TroupeError {
  const message = `${agentId} did not report the size of its heap: it is in a call that is not JavaScript, or its thread has ended`;
  return new TroupeError("INSPECTION_TIMEOUT", message);
}

export function toTroupeError(thrown: unknown, agentId: string, kind: QuestionKind): unknown {
  if (!(thrown instanceof InspectorError)) return thrown;
  const { fault, message } = thrown;
  const why = fault === "silent" ? `${message}: it is in a call that is not JavaScript` : message;
  return new TroupeError(codes[fault], `${nouns[kind]} of ${agentId} was not taken: ${why}`);
}
