/**
 * The code of the inspector's thread: looks inside agents' threads, so that neither the main thread nor
 * the agent's has to parse, map or add up what is found there.
 */

import { parentPort } from "node:worker_threads";
import { InspectorError } from "./inspector-fault.ts";
import type { InspectorAnswer, InspectorRequest } from "./inspector-protocol.ts";
import { answerQuestion } from "./thread-questions.ts";
import { WorkerSessions } from "./worker-sessions.ts";

const sessions = new WorkerSessions();
/** The questions without an answer, by id. */
const open = new Map<number, AbortController>();

parentPort?.on("message", (request: InspectorRequest) => {
  if ("cancel" in request) open.get(request.id)?.abort();
  else void answer(request).then((message) => parentPort?.postMessage(message));
});

async function answer({
  id,
  threadId,
  question,
}: Exclude<InspectorRequest, { readonly cancel: true }>): Promise<InspectorAnswer> {
  const cancelled = new AbortController();
  open.set(id, cancelled);
  try {
    const session = await sessions.find(threadId);
    return { id, answer: await answerQuestion(session, question, cancelled.signal) };
  } catch (error) {
    const fault = error instanceof InspectorError ? error.fault : "failed";
    return { id, fault, message: error instanceof Error ? error.message : String(error) };
  } finally {
    open.delete(id);
  }
}
