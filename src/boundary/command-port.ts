/**
 * Both ends of the command port, which is the thread's own message port. Comlink takes the calls in
 * the agent's thread; main only sends them. What a command leads to comes back as a report or stands
 * in the control block, so that no answer is made, sent or waited for: it would cost both sides as
 * much as the command.
 * Invariant: the only importer of Comlink, which is exposed inside the agent's thread alone.
 */

import type { MessagePort } from "node:worker_threads";
import { type Endpoint, expose } from "comlink";
import type { Guidance } from "../model/agent.ts";
import type { MainControl } from "./control-block.ts";
import type { ActorCommands, ActorSpec, InterruptMode } from "./protocol.ts";

/**
 * Commands that may wait in a thread's queue; a further one is dropped. More than can come to wait:
 * guidance has a limit of its own, and of wakes only one waits.
 */
export const COMMANDS_UNTAKEN_MAX = 1_000;

type CommandName = keyof ActorCommands;

/** A call as Comlink sends it (`ApplyMessage` in its protocol.ts); of all its kinds the one we need. */
interface WireCall {
  readonly id: string;
  readonly type: "APPLY";
  readonly path: readonly [CommandName];
  readonly argumentList: readonly { readonly type: "RAW"; readonly value: unknown }[];
}

/** Answers go by this id, and nobody waits for one. */
const NO_ID = "0";

/** The thread's end: from here on the commands can be called from main. */
export function exposeCommands(
  commands: ActorCommands,
  port: Pick<MessagePort, "on">,
  onTaken: () => void,
): void {
  // Apart, so that nothing but the commands can be called.
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
  /** Commands sent so far; wraps as the control block's word does. */
  #sent = 0;
  /** What {@link ActorLink.#sent} was with the last wake. */
  #wake = 0;

  /** @param post sends into the thread; does nothing once it is gone */
  constructor(post: (call: WireCall) => void, control: Pick<MainControl, "commandsTaken">) {
    this.#post = post;
    this.#control = control;
  }

  start(spec: ActorSpec): void {
    this.#send("start", spec);
  }

  /** One that is still to be taken is enough: whoever takes it sees what was written until then. */
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

  /** How many of the first `sent` commands the thread has not taken; both numbers wrap alike. */
  #untaken(sent: number): number {
    return (sent - this.#control.commandsTaken) | 0;
  }
}

/**
 * The port as Comlink needs it. Node's ports are event targets as well, but to dispatch a message as
 * an event a thread has to load Node's fetch, and with it 5 MB.
 */
function toEndpoint(port: Pick<MessagePort, "on">, onTaken: () => void): Endpoint {
  return {
    postMessage: () => undefined,
    addEventListener: (_type, listener) => {
      const hear = "handleEvent" in listener ? listener.handleEvent.bind(listener) : listener;
      port.on("message", (data) => {
        // Before it is carried out: a wake that is not sent because of this one must find its reader.
        onTaken();
        hear({ data } as MessageEvent);
      });
    },
    // Comlink unsubscribes only to close the port, and that closes with the thread.
    removeEventListener: () => undefined,
  };
}
