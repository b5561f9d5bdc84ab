/** Flags that several commands share, and how their texts are read. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { ActionDeclaration } from "../model/actions/action-declaration.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { URGENCY_MAX } from "../model/limits.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { OutputOptions } from "./text/terminal-output.ts";

/** Makes of a command what commander calls: its exit code is that of the program. */
export type Run = <A extends readonly unknown[]>(
  command: (...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;

/** The text that takes a setting out of a type's row. Commander has no null for the value of a flag. */
export const DEFAULT = "default";

export interface DatabaseOptions {
  readonly db?: string;
}

/** What names a fleet: its server, or its database. */
export interface FleetOptions extends DatabaseOptions {
  readonly url?: string;
  readonly token?: string;
}

export interface PageFlags {
  readonly limit: number;
  readonly cursor?: string;
}

/** Flags of the verbs that enqueue an action. */
export interface EnqueueOptions extends FleetOptions, OutputOptions {
  /** Seconds. */
  readonly wait?: number;
  readonly actor?: string;
  readonly reason?: string;
}

/** Longest that an action can be waited for, in seconds. */
const WAIT_SECONDS_MAX = 86_400;
/** As many rows as one page holds. */
const LIMIT_MAX = 1_000;

export function addOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** An action's summary, as the line of its command. */
export function helpOf({ summary }: ActionDeclaration): string {
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

function dbOption(): Option {
  const meaning = "LanceDB folder or URI (default: TROUPE_DB, else ./data/troupe)";
  return new Option("--db <folder>", meaning);
}

/** The flags of {@link FleetOptions}. */
export function fleetOptions(): readonly Option[] {
  return [
    dbOption(),
    new Option("--url <address>", "the server (default: the one that runs on the database)"),
    new Option("--token <text>", "its token (default: TROUPE_TOKEN, else the one in the database)"),
  ];
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "how data is printed")
    .choices(["text", "json"])
    .default("text");
}

/** The flags of {@link EnqueueOptions}. */
export function enqueueOptions(): readonly Option[] {
  return [
    ...fleetOptions(),
    outputOption(),
    new Option("--wait <seconds>", "wait so long for the action to be processed").argParser(
      readSeconds,
    ),
    actorOption(),
    new Option("--reason <text>", "why, kept with the action"),
  ];
}

export function actorOption(): Option {
  return new Option("--actor <name>", "who asks (default: the name of the user)");
}

export function pageOptions(limit: number): readonly Option[] {
  return [
    new Option("--limit <rows>", `rows at most, up to ${LIMIT_MAX}`)
      .argParser(wholeNumber(1, LIMIT_MAX))
      .default(limit),
    new Option("--cursor <text>", "go on after an earlier page, by its next_cursor"),
  ];
}

export function urgencyOption(): Option {
  return new Option("--urgency <number>", "higher goes first (default: 0)").argParser(
    wholeNumber(-URGENCY_MAX, URGENCY_MAX),
  );
}

/** Reads a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^[+-]?\d{1,15}$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Reads the text of a JSON object. */
export function readJsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJsonObject(text);
  if (value === undefined) {
    throw new InvalidArgumentError(`It must be a JSON object such as '{"key": 1}'.`);
  }
  const fault = findJsonFault(value, "It");
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
  return value;
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  const isNumber = /^\d{1,6}(\.\d{1,6})?$/.test(text);
  if (isNumber && seconds > 0 && seconds <= WAIT_SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It must be seconds, above 0 and up to ${WAIT_SECONDS_MAX}.`);
}
