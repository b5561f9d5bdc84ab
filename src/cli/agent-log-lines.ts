/** `troupe agent logs`: the last log lines of one agent, and further ones as they come. */

import type { Fleet } from "../fleet/fleet.ts";
import type { LogLine } from "../model/agent-inside.ts";
import { parseAgentId } from "../model/ids.ts";
import { clockText } from "../picture/time-text.ts";
import { openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { FollowedLines } from "./followed-lines.ts";
import { untilInterrupted } from "./interruption.ts";
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

/** Ends with SIGINT or SIGTERM. The kept lines are read again with each connection: none is lost. */
async function followLogs(fleet: Fleet, agentId: string, { limit, output }: LogOptions) {
  using interruption = untilInterrupted();
  const readKept = async (after: number | undefined) => {
    const query = after === undefined ? { limit } : { after };
    return (await fleet.inside(agentId, "logs", query)).items;
  };
  const lines = new FollowedLines((line) => print(lineText(line, output)), readKept);
  await lines.catchUp();
  const events = fleet.events({
    agentIds: [agentId],
    types: ["agent.log"],
    signal: interruption.signal,
    // Lines between two connections are not sent again.
    onConnection: ({ isOpen }) => {
      if (isOpen) lines.catchUp().catch((error) => note(String(error)));
    },
  });
  for await (const event of events) {
    if (event.type === "agent.log") lines.add(event.data);
    else if (event.type === "gap") await lines.catchUp();
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
