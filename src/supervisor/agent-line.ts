/** Writes an agent's own line to the log; its fields cannot be mistaken for Troupe's. */

import type { Logger } from "pino";
import type { LogReport } from "../boundary/protocol.ts";

/** Names of pino's own fields: an agent's field of that name would forge the agent, time or level. */
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
