/**
 * A thread of the model pool: carries out calls through BAML and answers over the port of each call.
 * Invariant: the only importer of BAML and of its generated client. Prompts are never logged, and
 * keys are only in the tasks.
 *
 * BAML's clients are written in its source, one runtime for all of them, because BAML pools connections
 * only for those: over 501 calls a `ClientRegistry` opened 501 connections, a client in the source 10.
 * The runtime is called below the generated client, which takes arguments by position, copies
 * `process.env` at each call and takes a stream that was cut off for a whole answer.
 */

import { BroadcastChannel } from "node:worker_threads";
import {
  type BamlRuntime,
  ClientRegistry,
  Collector,
  type FunctionResult,
  LlmStreamCall,
  setLogLevel,
} from "@boundaryml/baml";
import { cutText } from "../model/cut-text.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { LlmUsage } from "../model/llm-call.ts";
import { type CallEndpoint, openEndpoint } from "./call-endpoint.ts";
import { CallPort } from "./call-port.ts";
import { type CallEnd, type CallTask, isPassing } from "./call-task.ts";
import { describeClient } from "./model-client.ts";
import { cutAnswer, saidError, toModelError } from "./model-errors.ts";
import { runtimeFor, sourceClient } from "./runtimes.ts";
import { findSaidError } from "./said-error.ts";
import { isCut, isSaidCut, readStreamEnd, type StreamEnd } from "./stream-end.ts";
import { TapPort } from "./tap.ts";

// BAML's default prints prompts and answers.
setLogLevel("off");

/** Longest name of a function in a message, in characters. */
const FUNCTION_CHARACTERS_MAX = 100;

const running = new Set<CallPort>();
let abortChannel: BroadcastChannel | undefined;

/**
 * Carries out one call. Never rejects: an error goes over the port, and its code into the result, unless
 * the call may be made again; then the port comes back with the error.
 */
export default async function answerCall(task: CallTask): Promise<CallEnd> {
  listenForAbort(task.abortChannel);
  const port = new CallPort(task.port);
  const tap = task.tapPort && new TapPort(task.tapPort);
  const collector = new Collector();
  running.add(port);
  let endpoint: CallEndpoint | undefined;
  try {
    endpoint = await openEndpoint(task.client);
    const value = await callModel(task, { port, tap, collector, endpoint });
    const usage = usageOf(task, collector);
    port.end({ kind: "done", value, usage });
    return { code: null, usage, rateHeaders: endpoint.rateHeaders };
  } catch (thrown) {
    const error = toModelError(thrown, failedCall(task, { port, collector, endpoint }));
    const usage = usageOf(task, collector);
    const rateHeaders = endpoint?.rateHeaders ?? {};
    if (isPassing(error.code) && !port.hasSentPartial && tap?.hasSentPartial !== true) {
      const { move, transferableSymbol, valueSymbol } = await import("piscina");
      // From here to Piscina's answer no turn of the event loop passes: a closed port cannot be sent.
      if (!port.signal.aborted) {
        const again = { port: port.release(), error: toErrorData(error) };
        const end: CallEnd = { code: error.code, usage, rateHeaders, again };
        const transferred = { [transferableSymbol]: [again.port], [valueSymbol]: end };
        return move(transferred as never) as unknown as CallEnd;
      }
    }
    port.end({ kind: "failed", error: toErrorData(error), usage });
    return { code: error.code, usage, rateHeaders };
  } finally {
    running.delete(port);
    endpoint?.[Symbol.dispose]();
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
  readonly endpoint: CallEndpoint;
}

async function callModel(task: CallTask, ends: CallEnds): Promise<unknown> {
  const { port } = ends;
  const { env } = ends.endpoint;
  // BAML ignores a signal that has fired already.
  port.signal.throwIfAborted();
  const result = await runFunction(task, { ...ends, runtime: runtimeFor(task), env });
  port.signal.throwIfAborted();
  const value: unknown = result.parsed(false);
  checkEnd(task, ends);
  const model = describeClient(task.client);
  if (typeof value !== "string" || value.trim() !== "") return value;
  throw new TroupeError("LLM_ANSWER_INVALID", `${model} gave an empty answer`);
}

/** BAML takes an answer for whole that says itself that it failed, or is OpenAI's Responses and incomplete. */
function checkEnd(task: CallTask, ends: CallEnds): void {
  const said = saidIn(ends.collector);
  const error = findSaidError(said);
  if (error !== undefined) throw saidError(failedCall(task, ends), error);
  const isStream = eventsOf(ends.collector) !== undefined;
  if (!isStream && task.client.provider !== "openai-responses") return;
  const end = readStreamEnd(said);
  if (!(isStream ? isCut(end) : isSaidCut(end))) return;
  throw cutAnswer(describeClient(task.client), end.finishReason);
}

interface CallMeans extends CallEnds {
  readonly runtime: BamlRuntime;
  readonly env: Record<string, string>;
}

async function runFunction(task: CallTask, means: CallMeans): Promise<FunctionResult> {
  const { runtime, env, port, tap, collector } = means;
  const context = runtime.createContextManager();
  const { function: name, args, wantsPartials } = task.request;
  const registry = findRegistry(task);
  const given = { ...args };
  const { signal } = port;
  const collectors = [collector];
  if (!wantsPartials && tap === undefined) {
    // biome-ignore format: positions without names read best in one line
    return await runtime.callFunction(name, given, context, null, registry, collectors, {}, env, signal);
  }
  // biome-ignore format: positions without names read best in one line
  const stream = runtime.streamFunction(name, given, undefined, context, null, registry, collectors, {}, env, signal);
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

/** Chooses the client; null if the function names it in the source. */
function findRegistry(task: CallTask): ClientRegistry | null {
  const { clientName } = task.client;
  if (clientName === sourceClient(task)) return null;
  const registry = new ClientRegistry();
  registry.setPrimary(clientName);
  return registry;
}

function usageOf({ client }: CallTask, collector: Collector): LlmUsage {
  const usage = collector.last?.usage;
  const end = streamEndOf(collector);
  return {
    model: client.model,
    input_tokens: tokensOf(usage?.inputTokens),
    output_tokens: tokensOf(end?.outputTokens ?? usage?.outputTokens),
  };
}

/** More than that for one call is a fault of the provider, and would spoil the sums of an agent forever. */
const TOKENS_MAX = 1e9;

/** Null if the provider does not say, or not a number of tokens. */
function tokensOf(count: unknown): number | null {
  const isCount = Number.isInteger(count) && Number(count) >= 0 && Number(count) <= TOKENS_MAX;
  return isCount ? Number(count) : null;
}

/** The one that answered, or else the last: BAML lists the calls of a `retry_policy` in any order. */
function lastCall(collector: Collector) {
  const calls = collector.last?.calls ?? [];
  const inOrder = calls.toSorted((a, b) => a.timing.startTimeUtcMs - b.timing.startTimeUtcMs);
  return inOrder.find(({ selected }) => selected) ?? inOrder.at(-1);
}

/** Undefined for a call that was not streamed. */
function streamEndOf(collector: Collector): StreamEnd | undefined {
  const events = eventsOf(collector);
  return events && readStreamEnd(events);
}

/** The same. */
function eventsOf(collector: Collector): readonly string[] | undefined {
  const call = lastCall(collector);
  if (!(call instanceof LlmStreamCall)) return undefined;
  return (call.sseResponses() ?? []).map(({ text }) => text);
}

/** What was said in an answer without an error's status. */
function saidIn(collector: Collector): readonly string[] {
  const { status = 0, body } = lastCall(collector)?.httpResponse ?? {};
  const isAnswer = status >= 200 && status < 300;
  return eventsOf(collector) ?? (isAnswer && body !== undefined ? [body.text()] : []);
}

function failedCall(
  { request, client }: CallTask,
  {
    port,
    collector,
    endpoint,
  }: Omit<CallEnds, "tap" | "endpoint"> & { readonly endpoint: CallEndpoint | undefined },
) {
  const headers = lastCall(collector)?.httpResponse?.headers ?? {};
  return {
    function: cutText(String(request.function), FUNCTION_CHARACTERS_MAX),
    model: describeClient(client),
    args: request.args,
    // In headers of own clients, too.
    secrets: [...(client.key === null ? [] : [client.key]), ...(endpoint?.keys ?? [])],
    isAborted: port.signal.aborted,
    fault: endpoint?.fault,
    said: saidIn(collector),
    headers: headers as Readonly<Record<string, string>>,
    now: Date.now(),
  };
}
