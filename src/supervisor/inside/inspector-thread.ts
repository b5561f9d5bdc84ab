/**
 * The code of the inspector's thread: looks inside agents' threads, so that neither the main thread nor
 * the agent's has to parse, map or add up what is found there.
 *
 * It connects to the main thread's inspector, which passes its messages to those of the agents' threads.
 * It is made for the first question, and ends half a minute after the last.
 */

import { parentPort } from "node:worker_threads";
import { messageOf } from "../../model/errors.ts";
import {
  type InspectorAnswer,
  InspectorError,
  type InspectorRequest,
  type InspectorStop,
  type Question,
} from "./inspector-protocol.ts";
import { answerQuestion } from "./thread-questions.ts";
import { WorkerSessions } from "./worker-sessions.ts";

const sessions = new WorkerSessions();
/** The questions without an answer, by id. */
const open = new Map<number, AbortController>();
/** Of the questions that wait until they may stop their thread. */
const stopping = new Map<number, () => void>();

parentPort?.on("message", (request: InspectorRequest) => {
  if ("cancel" in request) open.get(request.id)?.abort();
  else if ("mayStop" in request) stopping.get(request.id)?.();
  else void answer(request).then((message) => parentPort?.postMessage(message));
});

async function answer({
  id,
  threadId,
  question,
}: Extract<InspectorRequest, { readonly question: Question }>): Promise<InspectorAnswer> {
  const cancelled = new AbortController();
  open.set(id, cancelled);
  try {
    const session = await sessions.find(threadId);
    return {
      id,
      answer: await answerQuestion(session, question, {
        signal: cancelled.signal,
        whileStopped: (look) => whileStopped(id, look),
      }),
    };
  } catch (error) {
    const fault = error instanceof InspectorError ? error.fault : "failed";
    return { id, fault, message: messageOf(error) };
  } finally {
    open.delete(id);
  }
}

/**
 * Runs a look that stops its thread, in a hold of main's. That includes the time until V8 can interrupt the
 * thread: a call into C++ ends first.
 */
async function whileStopped<R>(id: number, look: () => Promise<R>): Promise<R> {
  const { promise, resolve } = Promise.withResolvers<void>();
  stopping.set(id, resolve);
  notifyStop({ id, stops: true });
  await promise;
  stopping.delete(id);
  try {
    return await look();
  } finally {
    notifyStop({ id, stops: false });
  }
}

function notifyStop(stop: InspectorStop): void {
  parentPort?.postMessage(stop);
}
