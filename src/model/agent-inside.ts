/** What a look inside an agent's thread shows. Loads no schema library. */

import type { Guidance } from "./agent.ts";
import type { ErrorData } from "./error-data.ts";
import type * as schemas from "./inside-schemas.ts";
import type { ListPage } from "./list-page.ts";
import type { StaticOf } from "./schema-parts.ts";

export type StackFrame = StaticOf<typeof schemas.StackFrameSchema>;
export type Stack = StaticOf<typeof schemas.StackSchema>;
export type HeapSummary = StaticOf<typeof schemas.HeapSummarySchema>;
export type LogLine = StaticOf<typeof schemas.LogLineSchema>;
export type CpuProfile = StaticOf<typeof schemas.CpuProfileSchema>;
export type HeapProfile = StaticOf<typeof schemas.HeapProfileSchema>;

/** What each look shows, by the last word of its route. */
export interface InsideAnswers {
  readonly stack: Stack;
  readonly "cpu-profile": CpuProfile;
  readonly "heap-profile": HeapProfile;
  readonly "heap-summary": HeapSummary;
  readonly mailbox: ListPage<Guidance>;
  readonly logs: ListPage<LogLine>;
}

export interface InsideQuery {
  /** Of a profile. */
  readonly seconds?: number;
  /** Of logs: so many of the last lines, and only those after this number. */
  readonly limit?: number;
  readonly after?: number;
}

/** The frame that names the place to look at: the innermost of the agent's own code. */
export function placeFrame(frames: readonly StackFrame[]): StackFrame | undefined {
  return frames.find(({ owner }) => owner === "agent");
}

/** `spin (agents/loop.ts:12:5)` */
export function frameText({ function: name, file, line, column }: StackFrame): string {
  const place = `${file}:${line}:${column}`;
  return name === "" ? place : `${name} (${place})`;
}

/** The error with the calls as its stack, as V8 writes one; unchanged if they are not known. */
export function withStack(error: ErrorData, frames: readonly StackFrame[] | undefined): ErrorData {
  if (frames === undefined || frames.length === 0) return error;
  const calls = frames.map((frame) => `    at ${frameText(frame)}`);
  return { ...error, stack: [`${error.code}: ${error.message}`, ...calls].join("\n") };
}
