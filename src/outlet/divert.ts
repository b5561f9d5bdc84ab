/** Diverts everything that this process prints, Node and packages included, into outlets that never block. */

import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { Outlet } from "./outlet.ts";

/** Milliseconds for slow readers when the process ends. */
const LAST_WORDS_MS = 1_000;

/** What a process prints. */
export interface Output {
  /** Resolves when everything is written, or after a second. */
  drain(): Promise<void>;
}

/**
 * For the rest of this process. Must be called before anything is printed.
 * @param onUncaught called after an uncaught error was reported
 */
export function divertOutput(onUncaught: () => void): Output {
  const outlets = [divert("stdout", 1), divert("stderr", 2)];
  const [, stderr] = outlets;
  const warn = (line: string) => stderr?.write(`troupe: ${line}\n`);
  // Node prints both without its streams, and blocks. Without a listener, warnings are switched off.
  if (process.listenerCount("warning") > 0) {
    process.removeAllListeners("warning");
    process.on("warning", ({ name, message }) => warn(`${name}: ${message}`));
  }
  process.on("uncaughtException", (thrown: unknown) => {
    warn(
      `INTERNAL: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`,
    );
    onUncaught();
  });
  return {
    drain: async () => void (await Promise.all(outlets.map((each) => each.drain(LAST_WORDS_MS)))),
  };
}

function divert(name: "stdout" | "stderr", fd: 1 | 2): Outlet {
  const own = Object.getOwnPropertyDescriptor(process, name);
  const outlet = new Outlet(fd, () => own?.get?.call(process));
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Uint8Array, _encoding, done) => {
      outlet.write(chunk);
      done();
    },
  });
  const traits = { fd, isTTY: isatty(fd) };
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    value: Object.assign(stream, traits),
  });
  return outlet;
}
