/** `troupe agent logs`: the last log lines of one agent, and further ones as they come. */

import type { Fleet } from "../fleet/fleet.ts";
import type { LogLine } from "../model/agent-inside.ts";
import { parseAgentId } from "../model/ids.ts";
import { clockText } from "../picture/time-text.ts";
import { openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import { plainLine } from "./text/plain-text.ts";
import {
  jsonLine,
  note,
  type OutputFormat,
  type OutputOptions,
  paint,
  print,
} from "./text/terminal-output.ts";

export interface LogOptions extends FleetOptions, OutputOptions {
  readonly limit: number;
  readonly follow?: boolean;
}

/** @throws {TroupeError} `AGENT_UNKNOWN`, `SERVER_UNREACHABLE` without a server. */
export async function showLogs(given: string, options: LogOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  const { limit, follow = false, output } = options;
  await using fleet = await openCommandFleet(options);
  if (follow) {
    await followLogs(fleet, agentId, options);
    return exitCodes.ok;
  }
  const { items } = await fleet.inside(agentId, "logs", { limit });
  for (const line of items) print(lineText(line, output));
  if (items.length === 0) note(`${agentId} has logged nothing since the process started`);
  return exitCodes.ok;
}

/** Ends with SIGINT or SIGTERM. The kept lines are read after the events are followed: none is lost. */
async function followLogs(fleet: Fleet, agentId: string, { limit, output }: LogOptions) {
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const printer = new LinePrinter(output);
  const readKept = async (after?: number) => {
    const query = after === undefined ? { limit } : { after };
    printer.print((await fleet.inside(agentId, "logs", query)).items);
  };
  try {
    await readKept();
    const options = { agentIds: [agentId], types: ["agent.log"] as const, signal: ending.signal };
    const events = fleet.events({
      ...options,
      // Lines between two connections are not sent again.
      onConnection: ({ isOpen }) => {
        if (isOpen) readKept(printer.lastN).catch((error) => note(String(error)));
      },
    });
    for await (const event of events) {
      if (event.type === "agent.log") printer.print([event.data]);
      else if (event.type === "gap") await readKept(printer.lastN);
    }
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
  }
}

/** Prints each line once: kept lines are also sent as events. */
class LinePrinter {
  readonly #output: OutputFormat;
  lastN = 0;

  constructor(output: OutputFormat) {
    this.#output = output;
  }

  print(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (line.n <= this.lastN) continue;
      this.lastN = line.n;
      print(lineText(line, this.#output));
    }
  }
}

const colours = { debug: "dim", info: "cyan", warn: "yellow", error: "red" } as const;

function lineText(line: LogLine, output: OutputFormat): string {
  if (output === "json") return jsonLine(line);
  const { at, level, message, fields } = line;
  const more = fields === null ? "" : ` ${JSON.stringify(fields)}`;
  const name = paint(colours[level], level.padEnd(5));
  return `${paint("dim", clockText(at))} ${name} ${plainLine(message + more)}`;
}
