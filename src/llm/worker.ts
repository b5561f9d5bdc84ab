/**
 * A thread of the model pool: carries out calls through BAML and answers over the port of each call.
 * Invariant: the only importer of BAML and of its generated client. Prompts are never logged, and
 * keys are only in the tasks.
 *
 * BAML's clients are written in its source, one runtime for each kind, because BAML pools connections
 * only for those: over 501 calls a `ClientRegistry` opened 501 connections, a client in the source 10.
 * The runtime is called below the generated client, which takes arguments by position, copies
 * `process.env` at each call and takes a stream that was cut off for a whole answer.
 */

import { BroadcastChannel } from "node:worker_threads";
import {
  type BamlRuntime,
  Collector,
  type FunctionResult,
  LlmStreamCall,
  setLogLevel,
} from "@boundaryml/baml";
import { cutText } from "../model/cut-text.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { LlmRequest, LlmUsage } from "../model/llm-call.ts";
import { CallPort } from "./call-port.ts";
import type { CallEnd, CallTask } from "./call-task.ts";
import { cutAnswer, toModelError } from "./model-errors.ts";
import { checkFunction, findSet, runtimeFor } from "./runtimes.ts";
import { isCut, readStreamEnd, type StreamEnd } from "./stream-end.ts";
import { TapPort } from "./tap.ts";
import { answererOf, openWay, type Way } from "./way.ts";

// BAML's default prints prompts and answers.
setLogLevel("off");

/** Longest name of a function in a message, in characters. */
const FUNCTION_CHARACTERS_MAX = 100;

const running = new Set<CallPort>();
let abortChannel: BroadcastChannel | undefined;

/** Carries out one call. Never rejects: an error goes over the port, and its code into the result. */
export default async function answerCall(task: CallTask): Promise<CallEnd> {
  listenForAbort(task.abortChannel);
  const port = new CallPort(task.port);
  const tap = task.tapPort && new TapPort(task.tapPort);
  const collector = new Collector();
  running.add(port);
  let way: Way | undefined;
  try {
    checkFunction(task);
    way = await openWay(task, findSet(task.own));
    const value = await callModel(task, { port, tap, collector, way });
    const usage = usageOf(task, collector);
    port.end({ kind: "done", value, usage });
    return { code: null, usage };
  } catch (thrown) {
    const error = toModelError(thrown, failedCall(task, { port, collector, way }));
    const usage = usageOf(task, collector);
    port.end({ kind: "failed", error: toErrorData(error), usage });
    return { code: error.code, usage };
  } finally {
    running.delete(port);
    way?.[Symbol.dispose]();
    tap?.end();
  }
}

/** Called once at start: an answer means that BAML was loaded. */
export function loaded(): boolean {
  return true;
}

/** The main thread sends one message when it closes, then terminates the threads. */
function listenForAbort(name: string): void {
  if (abortChannel !== undefined) return;
  abortChannel = new BroadcastChannel(name);
  abortChannel.onmessage = () => {
    for (const port of running) port.abort();
  };
  abortChannel.unref();
}

interface CallEnds {
  readonly port: CallPort;
  /** Undefined if the agent is not watched. */
  readonly tap: TapPort | undefined;
  readonly collector: Collector;
  readonly way: Way;
}

async function callModel(task: CallTask, ends: CallEnds): Promise<unknown> {
  const { port, collector } = ends;
  const { env } = ends.way;
  // BAML ignores a signal that has fired already.
  port.signal.throwIfAborted();
  const runtime = runtimeFor(task.client, task.own);
  const result = await runFunction(task.request, { ...ends, runtime, env });
  port.signal.throwIfAborted();
  const value: unknown = result.parsed(false);
  const model = describeAnswerer(task, collector);
  const end = streamEndOf(collector);
  if (end !== undefined && isCut(end)) throw cutAnswer(model, end.finishReason);
  if (typeof value !== "string" || value.trim() !== "") return value;
  throw new TroupeError("LLM_ANSWER_INVALID", `${model} gave an empty answer`);
}

interface CallMeans extends CallEnds {
  readonly runtime: BamlRuntime;
  readonly env: Record<string, string>;
}

async function runFunction(request: LlmRequest, means: CallMeans): Promise<FunctionResult> {
  const { runtime, env, port, tap, collector } = means;
  const context = runtime.createContextManager();
  const { function: name, args, wantsPartials } = request;
  const given = { ...args };
  const { signal } = port;
  const collectors = [collector];
  if (!wantsPartials && tap === undefined) {
    // biome-ignore format: positions without names read best in one line
    return await runtime.callFunction(name, given, context, null, null, collectors, {}, env, signal);
  }
  // biome-ignore format: positions without names read best in one line
  const stream = runtime.streamFunction(name, given, undefined, context, null, null, collectors, {}, env, signal);
  stream.onEvent((_, partial) => {
    if (!partial.isOk()) return;
    const read = () => partial.parsed(true);
    if (wantsPartials) port.offerPartial(read);
    tap?.offer(read);
  });
  try {
    return await stream.done(context);
  } finally {
    stream.onEvent(undefined);
  }
}

function usageOf(task: CallTask, collector: Collector): LlmUsage {
  const usage = collector.last?.usage;
  const end = streamEndOf(collector);
  return {
    model: answererOf(task, findSet(task.own), lastClient(collector)).model,
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: end?.outputTokens ?? usage?.outputTokens ?? null,
  };
}

function describeAnswerer(task: CallTask, collector: Collector): string {
  return answererOf(task, findSet(task.own), lastClient(collector)).text;
}

/** The client that answered, or else that was called last; undefined if none was called. */
function lastClient(collector: Collector): string | undefined {
  return lastCall(collector)?.clientName;
}

/** BAML lists the calls of a fallback or a retry in any order. */
function lastCall(collector: Collector) {
  const calls = collector.last?.calls ?? [];
  const inOrder = calls.toSorted((a, b) => a.timing.startTimeUtcMs - b.timing.startTimeUtcMs);
  return inOrder.find(({ selected }) => selected) ?? inOrder.at(-1);
}

/** Undefined for a call that was not streamed. */
function streamEndOf(collector: Collector): StreamEnd | undefined {
  const call = lastCall(collector);
  if (!(call instanceof LlmStreamCall)) return undefined;
  return readStreamEnd((call.sseResponses() ?? []).map(({ text }) => text));
}

function failedCall(
  task: CallTask,
  { port, collector, way }: Omit<CallEnds, "tap" | "way"> & { readonly way: Way | undefined },
) {
  const headers = lastCall(collector)?.httpResponse?.headers ?? {};
  const { request, own } = task;
  const answerer = answererOf(task, findSet(own), lastClient(collector));
  return {
    function: cutText(String(request.function), FUNCTION_CHARACTERS_MAX),
    model: answerer.text,
    secrets: answerer.secrets,
    isAborted: port.signal.aborted,
    fault: way?.fault,
    headers: headers as Readonly<Record<string, string>>,
    now: Date.now(),
  };
}
