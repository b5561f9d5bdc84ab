/**
 * The main thread's side of the models: receives calls from agents, limits how many are in flight,
 * passes them to the pool with their ports, and counts them. Answers do not pass through here.
 */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode } from "../model/error-codes.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { LlmReply, LlmRequest } from "../model/llm-call.ts";
import type { CallEnd, LlmCall } from "./call-task.ts";
import {
  describeClient,
  type LlmSettings,
  type ModelClient,
  resolveClient,
} from "./model-client.ts";
import { PoolKeeper } from "./pool-keeper.ts";
import { type OwnPrompts, ownTask } from "./prompts/own-prompts.ts";
import { openTap } from "./tap.ts";
import { WaitingCalls } from "./waiting-calls.ts";

/** Calls that may wait in the queue; a further one fails with `LLM_LIMIT`. */
export const LLM_WAITING_MAX = 10_000;

/**
 * Milliseconds that a call may wait in the queue; then it fails with `LLM_TIMEOUT`. As long as the
 * longest call, so that an endpoint that hangs is reported before the calls behind it time out.
 */
const TURN_MS_MAX = 120_000;

export interface LlmOptions {
  /** The environment of the pool's threads. No key is needed there. */
  readonly threadEnv?: Readonly<Record<string, string>>;
  /** In place of {@link LLM_WAITING_MAX}. */
  readonly waitingMax?: number;
  /** Calls in flight that the machine has room for; no limit if left out. */
  readonly callsMax?: number;
  /** In place of {@link TURN_MS_MAX}. */
  readonly turnMs?: number;
  /** Milliseconds after which the loading of BAML is taken as failed. */
  readonly loadMs?: number;
}

const SHUTTING_DOWN = "the process is shutting down; no further model calls are made";

/** Counted since the gateway was opened. */
export interface LlmCounters {
  /** Calls that were made and have ended. */
  readonly calls: number;
  /** How many of these failed, without aborted ones. */
  readonly failures: number;
  /** How many of these were aborted, by their agent or because it ended. */
  readonly aborted: number;
  /** Calls that failed before they were made. */
  readonly refused: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/**
 * Resolves the settings. The pool's threads are made by {@link LlmGateway.open}, or by the first call.
 * @throws {TroupeError} `SETTING_INVALID`, see {@link resolveClient}.
 */
export function openLlm(settings: LlmSettings, options: LlmOptions = {}): LlmGateway {
  const client = resolveClient(settings);
  return new LlmGateway({ client, concurrency: settings.concurrency, own: undefined }, options);
}

interface Current {
  readonly client: ModelClient;
  readonly concurrency: number;
  readonly own: OwnPrompts | undefined;
}

export class LlmGateway implements AsyncDisposable {
  readonly #pool: PoolKeeper;
  readonly #turnMs: number;
  readonly #callsMax: number;
  /** For the next call; running calls keep theirs. */
  #current: Current;
  readonly #waiting: WaitingCalls;
  /** Calls in flight by host: a host that hangs takes no room from the others. */
  readonly #inFlight = new Map<string, number>();
  #closing: Promise<void> | undefined;
  readonly #counts = {
    calls: 0,
    failures: 0,
    aborted: 0,
    refused: 0,
    inputTokens: 0,
    outputTokens: 0,
  };

  /** Use {@link openLlm}. */
  constructor(current: Current, options: LlmOptions) {
    this.#pool = new PoolKeeper({ env: options.threadEnv ?? {}, loadMs: options.loadMs });
    this.#current = current;
    this.#turnMs = options.turnMs ?? TURN_MS_MAX;
    this.#callsMax = options.callsMax ?? Number.POSITIVE_INFINITY;
    this.#waiting = new WaitingCalls({
      max: options.waitingMax ?? LLM_WAITING_MAX,
      turnMs: this.#turnMs,
      onLate: (call) => this.#refuseLate(call),
    });
  }

  /** The model in use, as text. */
  describe(): string {
    const { client } = this.#current;
    if (client.provider !== "offline") return describeClient(client);
    return "offline model, not a language model (set ANTHROPIC_API_KEY, OPENAI_API_KEY or another provider's key to use one)";
  }

  /**
   * Makes the pool's threads, so that no call waits for them. Loading BAML takes as long as all
   * other work of a start together, so a start does not wait for it.
   * @throws {TroupeError} `LLM_RUNTIME_BROKEN` if BAML cannot be loaded.
   */
  async open(): Promise<void> {
    if (this.#closing === undefined) await this.#pool.open();
  }

  /** Why no model can be called: BAML cannot be loaded. Undefined if that is not so, or not known yet. */
  get fault(): TroupeError | undefined {
    return this.#pool.fault;
  }

  counters(): LlmCounters {
    const inFlight = [...this.#inFlight.values()].reduce((sum, count) => sum + count, 0);
    return { ...this.#counts, inFlight, waiting: this.#waiting.size };
  }

  /**
   * Takes a call and its port. Never throws: errors are sent over the port, which is always closed in
   * the end. A waiting call is dropped when its port closes.
   */
  call(call: LlmCall): void {
    const { port } = call;
    if (this.#closing !== undefined) {
      this.#refuse(port, "LLM_UNAVAILABLE", SHUTTING_DOWN);
    } else if (this.#hasTurn(call)) {
      this.#start(call);
    } else if (this.#waiting.isFull) {
      this.#refuse(port, "LLM_LIMIT", `${this.#waiting.size} model calls are waiting already`);
    } else {
      this.#waiting.add(call);
    }
  }

  /**
   * Uses other settings and other own functions for calls from now on, waiting ones included.
   * @throws {TroupeError} `SETTING_INVALID`; then nothing has changed.
   */
  async reconfigure(settings: LlmSettings, own?: OwnPrompts): Promise<void> {
    this.#current = { client: resolveClient(settings), concurrency: settings.concurrency, own };
    // A reload may follow a repair.
    if (this.fault !== undefined) this.open().catch(() => undefined);
    this.#startWaiting();
  }

  /** Fails waiting calls, aborts running ones, ends the pool. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    const takeAny = () =>
      this.#waiting.take(
        () => true,
        () => false,
      );
    for (let call = takeAny(); call !== undefined; call = takeAny()) {
      this.#refuse(call.port, "LLM_UNAVAILABLE", SHUTTING_DOWN);
    }
    await this.#pool.close();
  }

  /** The call timed out in the queue because running calls did not finish. */
  #refuseLate({ port, request }: LlmCall): void {
    const { client, concurrency, own } = this.#current;
    const model = own?.hosts.get(request.function) ?? describeClient(client);
    const message = `not started within ${this.#turnMs / 1_000} s: ${concurrency} calls are waiting for an answer of ${model}`;
    this.#refuse(port, "LLM_TIMEOUT", message);
  }

  #hasTurn({ request }: LlmCall): boolean {
    return this.#hasRoom(this.#hostOf(request));
  }

  #hasRoom(host: string): boolean {
    const { concurrency } = this.#current;
    return (this.#inFlight.get(host) ?? 0) < Math.min(concurrency, this.#callsMax);
  }

  /** The host that the call will use, as far as that is known before. */
  #hostOf(request: LlmRequest): string {
    const { client, own } = this.#current;
    return own?.hosts.get(request.function) ?? client.host ?? client.provider;
  }

  #startWaiting(): void {
    const { client, own } = this.#current;
    const hosts = [client.host ?? client.provider, ...new Set(own?.hosts.values())];
    const isOver = () => !hosts.some((host) => this.#hasRoom(host));
    const next = () => this.#waiting.take((call) => this.#hasTurn(call), isOver);
    for (let call = next(); call !== undefined; call = next()) this.#start(call);
  }

  #start({ request, port, watch }: LlmCall): void {
    const { client, own } = this.#current;
    const host = this.#hostOf(request);
    this.#addInFlight(host, 1);
    const onPartial = watch?.();
    const tap = onPartial && openTap(onPartial);
    const task = { request, port, client, tapPort: tap?.port };
    void Promise.all([this.#pool.get(), own && ownTask(request.function, own)])
      .then(([pool, ownPart]) => pool.run({ ...task, own: ownPart }))
      .then((end) => this.#count(end))
      .catch((thrown: unknown) => this.#lost(port, thrown))
      .finally(() => {
        tap?.[Symbol.dispose]();
        this.#addInFlight(host, -1);
        if (this.#closing === undefined) this.#startWaiting();
      });
  }

  #addInFlight(host: string, change: 1 | -1): void {
    const count = (this.#inFlight.get(host) ?? 0) + change;
    if (count === 0) this.#inFlight.delete(host);
    else this.#inFlight.set(host, count);
  }

  #count({ code, usage }: CallEnd): void {
    this.#counts.calls += 1;
    if (code === "LLM_ABORTED") this.#counts.aborted += 1;
    else if (code !== null) this.#counts.failures += 1;
    this.#counts.inputTokens += usage.input_tokens ?? 0;
    this.#counts.outputTokens += usage.output_tokens ?? 0;
  }

  /** The pool's thread died, or never took the port, which is then still here. */
  #lost(port: MessagePort, thrown: unknown): void {
    this.#counts.calls += 1;
    this.#counts.failures += 1;
    const lost = "the model call was lost: its thread in the pool has ended";
    if (thrown instanceof TroupeError) send(port, thrown.code, thrown.message);
    else send(port, "LLM_UNAVAILABLE", lost);
  }

  #refuse(port: MessagePort, code: ErrorCode, message: string): void {
    this.#counts.refused += 1;
    send(port, code, message);
  }
}

/** Answers a call that was not made. Does nothing on a port that was passed on or is closed. */
function send(port: MessagePort, code: ErrorCode, message: string): void {
  const usage = { model: null, input_tokens: null, output_tokens: null };
  const error = toErrorData(new TroupeError(code, message));
  port.postMessage({ kind: "failed", error, usage } satisfies LlmReply);
  port.close();
}
