/** `troupe doctor`: checks all that a start needs, without creating a database, and gives hints. */

import type { InspectColor } from "node:util";
import type { Check } from "./doctor-check.ts";
import { checkAll } from "./doctor-checks.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import { plainLine } from "./text/plain-text.ts";
import { type OutputOptions, paint, print, printJson } from "./text/terminal-output.ts";

const colours: Record<Check["status"], InspectColor> = { ok: "green", warn: "yellow", fail: "red" };

/** Exit code 1 if any check fails; warnings do not count. */
export async function examine(options: FleetOptions & OutputOptions): Promise<ExitCode> {
  const checks: Check[] = [];
  for await (const check of checkAll(options)) {
    checks.push(check);
    if (options.output === "text") printCheck(check);
  }
  const isFailed = checks.some(({ status }) => status === "fail");
  if (options.output === "json") printJson({ status: isFailed ? "fail" : "ok", checks });
  return isFailed ? exitCodes.failed : exitCodes.ok;
}

function printCheck({ name, status, message, hint }: Check): void {
  const more = hint === null ? "" : ` → ${hint}`;
  const word = paint(colours[status], status) + " ".repeat(STATUS_WIDTH - status.length);
  print(`${word}${`${name} `.padEnd(NAME_WIDTH)}${plainLine(message + more)}`);
}

const STATUS_WIDTH = 6;
/** A longer name, such as that of a shard's check, moves its message. */
const NAME_WIDTH = 12;
