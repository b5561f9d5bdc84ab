/** `troupe agent stack`, `profile` and `heap`: a look inside a thread, also of one that hangs. */

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { frameText, type HeapSummary, type StackFrame } from "../model/agent-inside.ts";
import { messageOf } from "../model/errors.ts";
import { parseAgentId } from "../model/ids.ts";
import { bytesText } from "../picture/number-text.ts";
import { openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";
import type { FleetOptions } from "./options.ts";
import { plainLine } from "./text/plain-text.ts";
import type { Column } from "./text/table.ts";
import { note, type OutputOptions, print, printJson, printPage } from "./text/terminal-output.ts";

export interface ProfileOptions extends FleetOptions, OutputOptions {
  readonly seconds: number;
  readonly heap?: boolean;
  readonly out?: string;
}

export interface HeapOptions extends FleetOptions, OutputOptions {
  readonly limit: number;
}

export async function showStack(
  given: string,
  options: FleetOptions & OutputOptions & { readonly allFrames?: boolean },
): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  const stack = await fleet.inside(agentId, "stack");
  if (options.output === "json") {
    printJson(stack);
    return exitCodes.ok;
  }
  const { frames, phase, iteration } = stack;
  note(`${agentId} is ${phase === "step" ? `in step ${iteration}` : phase}`);
  if (frames.length === 0) note("its thread runs no JavaScript now: it waits for an event");
  const isShown = ({ owner }: StackFrame) => options.allFrames === true || owner === "agent";
  const shown = frames.filter(isShown);
  for (const frame of shown) print(plainLine(frameText(frame)));
  const hidden = frames.length - shown.length;
  if (hidden > 0) note(`${hidden} calls of Troupe and of Node are hidden; --all-frames shows them`);
  return exitCodes.ok;
}

export async function profileAgent(given: string, options: ProfileOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  const { heap = false, seconds, output } = options;
  const kind = heap ? "heapprofile" : "cpuprofile";
  const file = resolve(options.out ?? `${agentId.replaceAll(/[^\w.-]/g, "_")}.${kind}`);
  await using fleet = await openCommandFleet(options);
  note(`taking a profile of ${agentId} for ${seconds} s`);
  const profile = await fleet.inside(agentId, heap ? "heap-profile" : "cpu-profile", { seconds });
  await write(file, JSON.stringify(profile));
  if (output === "json") printJson({ agent_id: agentId, file });
  else print(file);
  note("open it in Chrome's tools: Performance for a .cpuprofile, Memory for a .heapprofile");
  return exitCodes.ok;
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    const why = messageOf(error);
    throw new UsageError(`the profile cannot be written to ${file}: ${why}`);
  }
}

export async function showHeap(given: string, options: HeapOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  const summary = await fleet.inside(agentId, "heap-summary");
  const items = summary.items.slice(0, options.limit);
  if (options.output === "json") {
    printJson({ ...summary, items });
    return exitCodes.ok;
  }
  const { total_bytes, total_count } = summary;
  note(`${agentId}: ${total_count} objects, ${bytesText(total_bytes)}`);
  printPage({ items, next_cursor: null }, heapColumns, options);
  return exitCodes.ok;
}

const heapColumns: readonly Column<HeapSummary["items"][number]>[] = [
  { title: "constructor", cell: (item) => item.constructor, widthMin: 12 },
  { title: "objects", cell: ({ count }) => String(count), align: "right" },
  { title: "size", cell: ({ bytes }) => bytesText(bytes), align: "right" },
];
