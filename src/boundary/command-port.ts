/**
 * The thread's end of the command port, which is the thread's own message port: Comlink receives the
 * calls and answers each; its answers are sent as reports, which main checks.
 * Invariant: Comlink's `expose` is used here alone, inside the agent's thread. On the main thread it
 * would let an agent run code there.
 */

import type { MessagePort } from "node:worker_threads";
import { type Endpoint, expose } from "comlink";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import type { ActorCommands, AnswerReport } from "./protocol.ts";

/**
 * The commands as Comlink sees them: each returns why it was refused, or null. Comlink would strip the
 * code from a thrown error.
 */
export type AnsweredCommands = {
  readonly [N in keyof ActorCommands]: (...args: Parameters<ActorCommands[N]>) => ErrorData | null;
};

/** The thread's end: main can call the commands from now on. */
export function exposeCommands(
  commands: ActorCommands,
  port: Pick<MessagePort, "on">,
  { send, onTaken }: PortUses,
): void {
  // A separate object, so that only the commands can be called.
  const exposed: AnsweredCommands = {
    start: (spec) => answer(() => commands.start(spec)),
    wake: () => answer(() => commands.wake()),
    interrupt: (guidance, mode) => answer(() => commands.interrupt(guidance, mode)),
    abort: () => answer(() => commands.abort()),
  };
  const post = (message: unknown) => send({ kind: "answer", message });
  // Node's ports are event targets too, but their events make a thread load Node's fetch: 5 MiB.
  const endpoint = makeEndpoint(post, (receive) => {
    port.on("message", (call) => {
      // Before it runs: this reader must still see what a skipped wake would have announced.
      onTaken();
      receive(call);
    });
  });
  expose(exposed, endpoint);
}

interface PortUses {
  readonly send: (report: AnswerReport) => void;
  /** Called for each command, before it runs. */
  readonly onTaken: () => void;
}

/** A port as Comlink needs it. Its messages are opaque to all code of ours. */
export function makeEndpoint(
  post: (message: unknown) => void,
  subscribe: (receive: (message: unknown) => void) => void,
): Endpoint {
  return {
    postMessage: (message: unknown) => post(message),
    addEventListener: (_type, listener) => {
      const handle = "handleEvent" in listener ? listener.handleEvent.bind(listener) : listener;
      subscribe((data) => handle({ data } as MessageEvent));
    },
    // Comlink unsubscribes only to close the port, which closes with the thread.
    removeEventListener: () => undefined,
  };
}

function answer(carryOut: () => void): ErrorData | null {
  try {
    carryOut();
    return null;
  } catch (thrown) {
    return toErrorData(thrown);
  }
}
