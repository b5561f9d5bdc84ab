/** An agent's own line in the log of all: its fields may say anything, but not be taken for ours. */

import type { Logger } from "pino";
import type { LogReport } from "../boundary/protocol.ts";

/** Names that the line has anyway: a field of the same name would change whose it is, when and how grave. */
const LINE_NAMES: ReadonlySet<string> = new Set([
  "level",
  "time",
  "pid",
  "hostname",
  "agent",
  "msg",
]);

/** @param log of the agent */
export function writeLog(log: Logger, { level, message, fields = {} }: LogReport): void {
  const own = Object.entries(fields).map(([name, value]) => [
    LINE_NAMES.has(name) ? `_${name}` : name,
    value,
  ]);
  log[level](Object.fromEntries(own), message);
}
