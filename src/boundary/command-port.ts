/**
 * Both ends of the command port, which is the thread's own message port. Comlink receives the calls in
 * the agent's thread; main only sends them. Commands have no answer, because one would cost as much as
 * the command: their effect arrives as a report or is in the control block.
 * Invariant: the only importer of Comlink, which is exposed only inside the agent's thread.
 */

import type { MessagePort } from "node:worker_threads";
import { type Endpoint, expose } from "comlink";
import type { Guidance } from "../model/agent.ts";
import type { MainControl } from "./control-block.ts";
import type { ActorCommands, ActorSpec, InterruptMode } from "./protocol.ts";

/**
 * Commands that may wait in a thread's queue; a further one is dropped. The limit is never reached:
 * guidance has its own limit, and only one wake waits.
 */
export const COMMANDS_UNTAKEN_MAX = 1_000;

type CommandName = keyof ActorCommands;

/** A call as Comlink sends it (`ApplyMessage` in its protocol.ts). */
interface WireCall {
  readonly id: string;
  readonly type: "APPLY";
  readonly path: readonly [CommandName];
  readonly argumentList: readonly { readonly type: "RAW"; readonly value: unknown }[];
}

/** Comlink's id for the answer, which is not used. */
const NO_ID = "0";

/** The thread's end: main can call the commands from now on. */
export function exposeCommands(
  commands: ActorCommands,
  port: Pick<MessagePort, "on">,
  onTaken: () => void,
): void {
  // A separate object, so that only the commands can be called.
  const exposed: ActorCommands = {
    start: (spec) => commands.start(spec),
    wake: () => commands.wake(),
    interrupt: (guidance, mode) => commands.interrupt(guidance, mode),
    abort: () => commands.abort(),
  };
  expose(exposed, toEndpoint(port, onTaken));
}

/** Main's end of one thread's command port. */
export class ActorLink implements ActorCommands {
  readonly #post: (call: WireCall) => void;
  readonly #control: Pick<MainControl, "commandsTaken">;
  /** Commands sent so far; wraps, like the control block's word. */
  #sent = 0;
  /** {@link ActorLink.#sent} at the last wake. */
  #wake = 0;

  /** @param post sends to the thread; does nothing once it is gone */
  constructor(post: (call: WireCall) => void, control: Pick<MainControl, "commandsTaken">) {
    this.#post = post;
    this.#control = control;
  }

  start(spec: ActorSpec): void {
    this.#send("start", spec);
  }

  /** One wake in the queue is enough: its reader sees everything written until then. */
  wake(): void {
    if (this.#untaken(this.#wake) > 0) return;
    this.#send("wake");
    this.#wake = this.#sent;
  }

  interrupt(guidance: Guidance, mode: InterruptMode): void {
    this.#send("interrupt", guidance, mode);
  }

  abort(): void {
    this.#send("abort");
  }

  #send<N extends CommandName>(name: N, ...args: Parameters<ActorCommands[N]>): void {
    if (this.#untaken(this.#sent) >= COMMANDS_UNTAKEN_MAX) return;
    this.#sent = (this.#sent + 1) | 0;
    const argumentList = args.map((value) => ({ type: "RAW" as const, value }));
    this.#post({ id: NO_ID, type: "APPLY", path: [name], argumentList });
  }

  /** How many of the first `sent` commands the thread has not taken; both numbers wrap. */
  #untaken(sent: number): number {
    return (sent - this.#control.commandsTaken) | 0;
  }
}

/**
 * The port as Comlink needs it. Node's ports are event targets too, but their events make a thread load
 * Node's fetch: 5 MiB.
 */
function toEndpoint(port: Pick<MessagePort, "on">, onTaken: () => void): Endpoint {
  return {
    postMessage: () => undefined,
    addEventListener: (_type, listener) => {
      const handle = "handleEvent" in listener ? listener.handleEvent.bind(listener) : listener;
      port.on("message", (data) => {
        // Before it runs: this reader must still see what a skipped wake would have announced.
        onTaken();
        handle({ data } as MessageEvent);
      });
    },
    // Comlink unsubscribes only to close the port, which closes with the thread.
    removeEventListener: () => undefined,
  };
}
