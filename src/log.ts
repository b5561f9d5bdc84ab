/** The log: pino, written for people. Messages go to stderr's neighbour, stdout, one line each. */

import { type Logger, pino } from "pino";
import { PinoPretty } from "pino-pretty";
import { cleanLogLine } from "./plain-line.ts";

/** Names under which a secret could be logged by mistake. */
const REDACTED = ["token", "*.token", "authorization", "*.authorization", "apiKey", "*.apiKey"];

/** @param level a pino level, see `TROUPE_LOG` */
export function createLog(
  level: string,
  out: NodeJS.WriteStream & { readonly fd: number } = process.stdout,
): Logger {
  const pretty = PinoPretty({
    colorize: out.isTTY === true,
    destination: out.fd,
    sync: true,
    ignore: "pid,hostname",
    translateTime: "SYS:HH:MM:ss",
    singleLine: true,
  });
  return pino(
    {
      level,
      redact: { paths: REDACTED, censor: "[secret]" },
      hooks: { streamWrite: cleanLogLine },
    },
    pretty,
  );
}
