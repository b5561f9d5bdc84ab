/**
 * Diverts all that this process prints, its own lines and those of its packages and of Node alike,
 * into outlets, so that nobody in it waits for a reader.
 */

import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { Outlet } from "./outlet.ts";

/** Milliseconds that the end of the process leaves to slow readers. */
const LAST_WORDS_MS = 1_000;

/** What a process prints. */
export interface Output {
  /** Resolves when all is written, or nobody has read it for a second. */
  drain(): Promise<void>;
}

/**
 * From now on for the rest of this process. To be called first of all, before anything is printed.
 * @param onUncaught what to do after an error that nobody has caught was reported
 */
export function divertOutput(onUncaught: () => void): Output {
  const outlets = [divert("stdout", 1), divert("stderr", 2)];
  const [, stderr] = outlets;
  const warn = (line: string) => stderr?.write(`troupe: ${line}\n`);
  // Node prints both past its streams, and waits. Without a listener, warnings are switched off.
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
  const look = { fd, isTTY: isatty(fd) };
  Object.defineProperty(process, name, {
    configurable: true,
    enumerable: true,
    value: Object.assign(stream, look),
  });
  return outlet;
}
