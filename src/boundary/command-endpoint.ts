/**
 * What both ends of a thread's command port share: the endpoint on which Comlink works, and the commands
 * as Comlink sees them.
 */

import type { Endpoint } from "comlink";
import type { ErrorData } from "../model/error-data.ts";
import type { ActorCommands } from "./protocol.ts";

/**
 * The commands as Comlink sees them: each returns why it was refused, or null. Comlink would strip the
 * code from a thrown error.
 */
export type AnsweredCommands = {
  readonly [N in keyof ActorCommands]: (...args: Parameters<ActorCommands[N]>) => ErrorData | null;
};

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
