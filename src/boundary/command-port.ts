/**
 * The thread's end of the command port, which is the thread's own message port: Comlink receives the
 * calls and answers each; its answers are sent as reports, which main checks.
 * Invariant: Comlink's `expose` is used here alone, inside the agent's thread. On the main thread it
 * would let an agent run code there.
 */

import type { MessagePort } from "node:worker_threads";
import { expose } from "comlink";
import type { ErrorData } from "../model/error-data.ts";
import { toErrorData } from "../model/errors.ts";
import { type AnsweredCommands, makeEndpoint } from "./command-endpoint.ts";
import type { ActorCommands, AnswerReport } from "./protocol.ts";

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
    recalled: (answered) => answer(() => commands.recalled(answered)),
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

function answer(carryOut: () => void): ErrorData | null {
  try {
    carryOut();
    return null;
  } catch (thrown) {
    return toErrorData(thrown);
  }
}
