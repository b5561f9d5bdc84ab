/**
 * Both ends of the command port. Comlink carries the calls; what it lacks is added here: a deadline
 * for each call, a rejection when the thread ends, and errors that keep their code.
 * Invariant: the only importer of Comlink, which is exposed inside the agent's thread alone.
 */

import type { MessagePort } from "node:worker_threads";
import { type Endpoint, expose, wrap } from "comlink";
import type { Guidance } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { fromErrorData, TroupeError, toErrorData } from "../model/errors.ts";
import type { ActorCommands, ActorSpec, InterruptMode } from "./protocol.ts";

/** Milliseconds that a thread has to take a command; one in a synchronous loop takes none. */
const COMMAND_DEADLINE_MS = 5_000;
/** Commands that may wait in a thread's queue; a further one fails at once, as if in time. */
export const COMMANDS_UNANSWERED_MAX = 1_000;

type CommandName = keyof ActorCommands;

/** Main's end: the commands, each of which resolves when the thread has taken it. */
export type ActorCalls = {
  readonly [N in CommandName]: (...args: Parameters<ActorCommands[N]>) => Promise<void>;
};

/**
 * What goes over Comlink in place of the commands: a thrown error would lose its code there, so it
 * comes back as data.
 */
type WireCommands = {
  readonly [N in CommandName]: (...args: Parameters<ActorCommands[N]>) => ErrorData | undefined;
};

/** The thread's end: from here on the commands can be called from main. */
export function exposeCommands(commands: ActorCommands, port: MessagePort): void {
  const wire: WireCommands = {
    start: (spec) => attempt(() => commands.start(spec)),
    wake: () => attempt(() => commands.wake()),
    interrupt: (guidance, mode) => attempt(() => commands.interrupt(guidance, mode)),
    abort: () => attempt(() => commands.abort()),
  };
  expose(wire, toEndpoint(port));
}

/**
 * Main's end of one thread's command port. Whoever sees the thread end calls {@link ended}; until
 * then every call settles by its deadline.
 */
export class ActorLink implements ActorCalls, Disposable {
  readonly #port: MessagePort;
  readonly #deadlineMs: number;
  /** Held for the life of the link: were it collected, Comlink would close the port. */
  readonly #remote: ReturnType<typeof wrap<WireCommands>>;
  /** How to reject each call that has not settled. At most what callers await at one time. */
  readonly #pending = new Set<(error: TroupeError) => void>();
  /** Calls that the thread has not answered, also those that timed out: they wait in its queue. */
  #unanswered = 0;
  #endError: TroupeError | undefined;

  constructor(port: MessagePort, deadlineMs: number = COMMAND_DEADLINE_MS) {
    this.#port = port;
    this.#deadlineMs = deadlineMs;
    this.#remote = wrap<WireCommands>(toEndpoint(port));
  }

  /** @throws {TroupeError} this and the other three: `COMMAND_TIMEOUT`, `THREAD_ENDED`, or its refusal. */
  start(spec: ActorSpec): Promise<void> {
    return this.#call("start", () => this.#remote.start(spec));
  }

  wake(): Promise<void> {
    return this.#call("wake", () => this.#remote.wake());
  }

  interrupt(guidance: Guidance, mode: InterruptMode): Promise<void> {
    return this.#call("interrupt", () => this.#remote.interrupt(guidance, mode));
  }

  abort(): Promise<void> {
    return this.#call("abort", () => this.#remote.abort());
  }

  /** Rejects what is pending and every later call with `THREAD_ENDED`, and closes the port. */
  ended(cause?: unknown): void {
    if (this.#endError !== undefined) return;
    this.#endError = new TroupeError("THREAD_ENDED", "the agent's thread has ended", { cause });
    for (const reject of this.#pending) reject(this.#endError);
    this.#pending.clear();
    this.#port.close();
  }

  [Symbol.dispose](): void {
    this.ended();
  }

  async #call(name: CommandName, send: () => Promise<ErrorData | undefined>): Promise<void> {
    if (this.#endError !== undefined) throw this.#endError;
    if (this.#unanswered >= COMMANDS_UNANSWERED_MAX) throw this.#timeout(name);
    const { promise, resolve, reject } = Promise.withResolvers<ErrorData | undefined>();
    const timer = setTimeout(() => reject(this.#timeout(name)), this.#deadlineMs);
    this.#pending.add(reject);
    this.#unanswered += 1;
    send()
      .finally(() => {
        this.#unanswered -= 1;
      })
      .then(resolve, reject);
    try {
      const refusal = await promise;
      if (refusal !== undefined) throw fromErrorData(refusal);
    } finally {
      clearTimeout(timer);
      this.#pending.delete(reject);
    }
  }

  #timeout(name: CommandName): TroupeError {
    return new TroupeError(
      "COMMAND_TIMEOUT",
      `the agent's thread must take ${name} within ${this.#deadlineMs} ms and did not; it may still`,
      { details: { command: name, deadline_ms: this.#deadlineMs } },
    );
  }
}

function attempt(command: () => void): ErrorData | undefined {
  try {
    command();
    return undefined;
  } catch (thrown) {
    return toErrorData(thrown);
  }
}

/**
 * The port as Comlink needs it. Node's ports are event targets as well, but to dispatch a message as
 * an event a thread has to load Node's fetch, and with it 5 MB.
 */
function toEndpoint(port: MessagePort): Endpoint {
  return {
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
    addEventListener: (_type, listener) => {
      const hear = "handleEvent" in listener ? listener.handleEvent.bind(listener) : listener;
      port.on("message", (data) => hear({ data } as MessageEvent));
    },
    // Comlink unsubscribes only to close the port, and that closes with the thread.
    removeEventListener: () => undefined,
  };
}
