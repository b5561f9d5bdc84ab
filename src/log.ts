/** The log: pino in a form for people, one line a message, on stdout. */

import { type Logger, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import { cleanLogLine } from "./plain-line.ts";

/** Names under which a secret could be logged by mistake. */
const REDACTED = ["token", "*.token", "authorization", "*.authorization", "apiKey", "*.apiKey"];

/** Must not block: a log must not hold up its callers. */
export interface LogOutput {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** @param level a pino level, see `TROUPE_LOG` */
export function createLog(level: string, out: LogOutput = process.stdout): Logger {
  const pretty = prettyFactory({
    colorize: out.isTTY === true,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss",
    singleLine: true,
  });
  const redact = { paths: REDACTED, censor: "[secret]" };
  const stream = { write: (line: string) => void out.write(pretty(line)) };
  return pino({ level, redact, hooks: { streamWrite: cleanLogLine } }, stream);
}
