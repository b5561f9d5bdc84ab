/**
 * The models as an agent sees them: an object with one typed method for each BAML function. Each
 * call has its own port; closing it aborts the call.
 * Invariant: loads nothing but the errors, because every agent's thread loads this file.
 */

import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Llm, LlmCallOptions } from "../agents/llm.ts";
import type { LlmReport } from "../boundary/protocol.ts";
import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import { reviveError, TroupeError, toErrorData } from "../model/errors.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import type { LlmReply, LlmRequest, LlmUsage } from "../model/llm-call.ts";
import { checkCallArguments, checkCallOptions } from "./call-options.ts";
import { startTimer, stopTimer } from "./clock.ts";

/** A call that is reported to main, and what becomes of it. */
export interface TrackedCall {
  readonly call: number;
  /** Null outside a step. */
  readonly iteration: number | null;
  /** Called once. */
  readonly end: (end: CallEnd) => void;
}

/** `value` of an answer, `error` of a call without one. */
export interface CallEnd {
  readonly value?: unknown;
  readonly error?: ErrorData;
  readonly usage?: LlmUsage;
}

/** What is reported of a call to main, next to its request. */
export type CallPlace = Pick<LlmReport, "call" | "iteration" | "isFresh">;

export interface LlmClientOptions {
  /** Called with the usage of each call that ended or failed; not of aborted ones. */
  readonly onUsage?: (usage: LlmUsage) => void;
  /** Returns the signal that aborts calls made now: that of the running step. */
  readonly signal?: () => AbortSignal | undefined;
  /** Called with each call that begins. */
  readonly track?: () => TrackedCall;
}

/** Milliseconds until a call is given up, its wait for the model included; the gateway's limits are lower. */
const CALL_MS_MAX = 7_200_000;

/**
 * @param send passes a call and the other end of its port to the main thread; must transfer the port.
 * If it throws, the call fails with `LLM_ARGUMENTS_INVALID`.
 */
export function createLlm(
  send: (request: LlmRequest, port: MessagePort, place: CallPlace) => void,
  options: LlmClientOptions = {},
): Llm {
  const target = Object.freeze(Object.create(null) as object);
  return new Proxy(target, {
    get(_, name) {
      // BAML's names begin with a capital, unlike `then`, `toJSON` and the like.
      if (typeof name !== "string" || !/^[A-Z]/.test(name)) return undefined;
      return async (args: LlmRequest["args"] = {}, call: LlmCallOptions = {}) => {
        checkCallArguments(name, args);
        checkCallOptions(name, call);
        return await callModel(requestOf(name, args, call), call, { ...options, send });
      };
    },
  }) as Llm;
}

function requestOf(name: string, args: LlmRequest["args"], call: LlmCallOptions): LlmRequest {
  const request = { function: name, args, wantsPartials: call.onPartial !== undefined };
  return call.model === undefined ? request : { ...request, model: call.model };
}

interface Client extends LlmClientOptions {
  readonly send: (request: LlmRequest, port: MessagePort, place: CallPlace) => void;
}

const untracked: TrackedCall = { call: 0, iteration: null, end: () => undefined };

/** Reports how the call ended. */
async function callModel(
  request: LlmRequest,
  options: LlmCallOptions,
  client: Client,
): Promise<unknown> {
  const tracked = client.track?.() ?? untracked;
  const place = {
    call: tracked.call,
    iteration: tracked.iteration,
    isFresh: options.fresh === true,
  };
  let end: CallEnd | undefined;
  try {
    return await exchange(request, options, {
      ...client,
      place,
      onEnd: (given) => {
        end ??= given;
      },
    });
  } catch (thrown) {
    end ??= { error: toErrorData(thrown) };
    throw thrown;
  } finally {
    tracked.end(end ?? {});
  }
}

interface Exchange extends Client {
  readonly place: CallPlace;
  readonly onEnd: (end: CallEnd) => void;
}

async function exchange(
  request: LlmRequest,
  options: LlmCallOptions,
  client: Exchange,
): Promise<unknown> {
  const signals = [options.signal, client.signal?.()].filter((one) => one !== undefined);
  const { port1, port2 } = new MessageChannel();
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const abort = () => reject(failed("LLM_ABORTED", request, "was aborted"));
  const timer = startTimer(
    () => reject(failed("LLM_TIMEOUT", request, `got no answer in ${CALL_MS_MAX} ms`)),
    CALL_MS_MAX,
  );
  port1.on("close", () =>
    reject(failed("LLM_UNAVAILABLE", request, "got no answer: the pool's thread has ended")),
  );
  port1.on("message", (reply: LlmReply) => {
    try {
      if (reply.kind === "partial") return options.onPartial?.(reply.value);
      client.onUsage?.(reply.usage);
      client.onEnd(reply);
      if (reply.kind === "done") resolve(reply.value);
      else reject(reviveError({ ...reply.error, code: reply.error.code as ErrorCode }));
    } catch (error) {
      // The agent's own callback threw: that ends the call, not the thread.
      reject(error);
    }
  });
  for (const one of signals) one.addEventListener("abort", abort);
  try {
    if (signals.some((one) => one.aborted)) abort();
    else send(request, port2, client, reject);
    return await promise;
  } finally {
    stopTimer(timer);
    for (const one of signals) one.removeEventListener("abort", abort);
    port1.close();
  }
}

/** BAML walks the arguments in native code, where too deep a nesting would end the process. */
function send(
  request: LlmRequest,
  port: MessagePort,
  client: Exchange,
  reject: (error: TroupeError) => void,
): void {
  try {
    const fault = findJsonFault(request.args, "arguments", { mayHaveHalves: true });
    if (fault !== undefined) throw new TypeError(fault);
    client.send(request, port, client.place);
  } catch (cause) {
    const { message } = toErrorData(cause);
    reject(failed("LLM_ARGUMENTS_INVALID", request, `takes plain data only: ${message}`));
  }
}

function failed(code: ErrorCode, { function: name }: LlmRequest, what: string): TroupeError {
  return new TroupeError(code, `${name} ${what}`, { details: { function: name } });
}
