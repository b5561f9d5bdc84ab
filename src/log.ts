/** The log: pino on stdout, one line a message, for people or, as JSON, for programs. */

import { type DestinationStream, type Logger, type LoggerOptions, pino } from "pino";
import { prettyFactory } from "pino-pretty";
import { cleanLogLine } from "./plain-line.ts";

/** Names under which a secret could be logged by mistake. */
const REDACTED = ["token", "*.token", "authorization", "*.authorization", "apiKey", "*.apiKey"];

/** Must not block: a log must not hold up its callers. */
export interface LogOutput {
  readonly isTTY?: boolean;
  write(line: string): unknown;
}

/** The settings `TROUPE_LOG`, a pino level, and `TROUPE_LOG_FORMAT`. */
export interface LogSettings {
  readonly log: string;
  readonly logFormat: "text" | "json" | "auto";
}

/** Resolves `auto`: text on a terminal, JSON elsewhere. */
export function isTextLog({ logFormat }: LogSettings, out: LogOutput = process.stdout): boolean {
  return logFormat === "text" || (logFormat === "auto" && out.isTTY === true);
}

export function createLog(settings: LogSettings, out: LogOutput = process.stdout): Logger {
  const options: LoggerOptions = {
    level: settings.log,
    redact: { paths: REDACTED, censor: "[secret]" },
    hooks: { streamWrite: cleanLogLine },
    formatters: { level: (level) => ({ level }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, isTextLog(settings, out) ? textStream(out) : jsonStream(out));
}

function jsonStream(out: LogOutput): DestinationStream {
  return { write: (line) => void out.write(line) };
}

function textStream(out: LogOutput): DestinationStream {
  const pretty = prettyFactory({
    colorize: out.isTTY === true,
    ignore: "pid,hostname",
    translateTime: "SYS:yyyy-mm-dd HH:MM:ss",
    singleLine: true,
  });
  return { write: (line) => void out.write(pretty(line)) };
}
