/**
 * Main's end of one thread's command port: Comlink's proxy, over an endpoint that receives only answers
 * that have passed the check of reports. Whatever the thread answers, however often, or never: each
 * command resolves, and the memory that a link takes is bounded.
 * Main side only.
 */

import { type Remote, releaseProxy, wrap } from "comlink";
import type { Guidance } from "../model/agent.ts";
import type { ErrorData } from "../model/error-data.ts";
import { type AnsweredCommands, makeEndpoint } from "./command-endpoint.ts";
import type { MainControl } from "./control-block.ts";
import type { ActorSpec, AnswerReport, InterruptMode, RecalledEffects } from "./protocol.ts";
import { parseRefusal } from "./report-check.ts";

/**
 * Commands of one thread that may be unanswered; a further one is dropped. An honest thread never gets
 * there: guidance has its own limit, and only one wake waits.
 */
export const UNANSWERED_MAX = 1_000;

/**
 * Milliseconds that an action waits for the thread's answer to guidance: the thread may be in a long
 * computation and receives the guidance after that. If it refuses it then, the agent's row still has it,
 * for the agent's next thread.
 */
const ANSWER_WAIT_MS = 1_000;

export interface ActorLinkOptions {
  /** Sends to the thread; does nothing once it is gone. */
  readonly post: (call: unknown) => void;
  readonly control: Pick<MainControl, "commandsTaken">;
  /** Receives what is wrong with an invalid answer. */
  readonly onFault: (thrown: unknown) => void;
}

export class ActorLink {
  readonly #options: ActorLinkOptions;
  readonly #proxy: Remote<AnsweredCommands>;
  /** Kept, because Comlink makes and registers a new proxy for each reading of a property. */
  readonly #commands: Pick<Remote<AnsweredCommands>, keyof AnsweredCommands>;
  /** Gives a message to Comlink. */
  #receive: (message: unknown) => void = () => undefined;
  /** Ends the wait for each unanswered command. */
  readonly #unanswered = new Set<() => void>();
  /** Commands sent so far; wraps, like the control block's word. */
  #sent = 0;
  /** {@link ActorLink.#sent} at the last wake. */
  #wake = 0;
  /** Why the last command could not be sent. */
  #postFault: { readonly thrown: unknown } | undefined;
  #isClosed = false;

  constructor(options: ActorLinkOptions) {
    this.#options = options;
    const endpoint = makeEndpoint(
      (call) => this.#post(call),
      (receive) => {
        this.#receive = receive;
      },
    );
    this.#proxy = wrap<AnsweredCommands>(endpoint);
    const { start, wake, interrupt, recalled, abort } = this.#proxy;
    this.#commands = { start, wake, interrupt, recalled, abort };
  }

  /**
   * Resolves with why the thread refuses the agent; with undefined if it takes it or ends.
   * @throws if the agent cannot be sent.
   */
  start(spec: ActorSpec): Promise<ErrorData | undefined> {
    return this.#call(() => this.#commands.start(spec));
  }

  /** One wake in the queue is enough: its reader sees everything written until then. */
  wake(): void {
    if (this.#untaken(this.#wake) > 0) return;
    void this.#call(() => this.#commands.wake());
    this.#wake = this.#sent;
  }

  /**
   * Resolves with why the thread refuses the guidance; with undefined if it accepts it, ends, or has not
   * answered for {@link ANSWER_WAIT_MS}.
   * @throws if the guidance cannot be sent.
   */
  interrupt(guidance: Guidance, mode: InterruptMode): Promise<ErrorData | undefined> {
    return this.#call(() => this.#commands.interrupt(guidance, mode), ANSWER_WAIT_MS);
  }

  recalled(answer: RecalledEffects): void {
    void this.#call(() => this.#commands.recalled(answer));
  }

  abort(): void {
    void this.#call(() => this.#commands.abort());
  }

  /** Takes an answer of the thread. */
  receive({ message }: AnswerReport): void {
    this.#receive(message);
  }

  /** The thread has ended: calls without an answer are released. */
  close(): void {
    this.#isClosed = true;
    for (const end of this.#unanswered) end();
    this.#unanswered.clear();
    this.#proxy[releaseProxy]();
  }

  #call(send: () => Promise<unknown>, waitMs?: number): Promise<ErrorData | undefined> {
    if (this.#isClosed || this.#unanswered.size >= UNANSWERED_MAX)
      return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<ErrorData | undefined>();
    const timer = waitMs === undefined ? undefined : setTimeout(resolve, waitMs, undefined);
    const end = (refusal?: ErrorData) => {
      clearTimeout(timer);
      resolve(refusal);
    };
    // Until it is answered and not only until nobody waits: Comlink keeps it for as long.
    this.#unanswered.add(end);
    const answered = send();
    this.#checkSent(end);
    this.#sent = (this.#sent + 1) | 0;
    void this.#parse(answered).then((refusal) => {
      this.#unanswered.delete(end);
      end(refusal);
    });
    return promise;
  }

  /** Never rejects. */
  async #parse(answered: Promise<unknown>): Promise<ErrorData | undefined> {
    try {
      // No command throws over the port, so an error is an invalid answer, like a missing value.
      return parseRefusal(await answered.catch(() => undefined));
    } catch (thrown) {
      this.#options.onFault(thrown);
      return undefined;
    }
  }

  /** Comlink would reject the call's promise later. */
  #post(call: unknown): void {
    if (this.#isClosed) return;
    try {
      this.#options.post(call);
    } catch (thrown) {
      this.#postFault = { thrown };
    }
  }

  /** @throws if the command was not sent. */
  #checkSent(end: () => void): void {
    const fault = this.#postFault;
    if (fault === undefined) return;
    this.#postFault = undefined;
    end();
    throw fault.thrown;
  }

  /** How many of the first `sent` commands the thread has not taken; both numbers wrap. */
  #untaken(sent: number): number {
    return (sent - this.#options.control.commandsTaken) | 0;
  }
}
