/** Flags that several commands share, with their parsers. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { ActionDeclaration } from "../model/actions/action-declaration.ts";
import { findJsonFault } from "../model/json-bounds.ts";
import { findTextLoss } from "../model/json-text-loss.ts";
import { PAGE_ITEMS_MAX, URGENCY_MAX } from "../model/limits.ts";
import { parseJson, parseJsonObject } from "../model/parse-json.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { OutputOptions } from "./text/terminal-output.ts";

/** Wraps a command for commander: its code is loaded when it runs, its exit code becomes the program's. */
export type Run = <A extends readonly unknown[]>(
  load: () => Promise<(...args: A) => Promise<ExitCode>>,
) => (...args: A) => Promise<void>;

/** The text that removes a setting from a type's row, because a flag's value cannot be null. */
export const DEFAULT = "default";

/** Names a fleet by its server or its database. */
export interface FleetOptions {
  readonly db?: string;
  readonly url?: string;
  readonly token?: string;
  /** Path of the `fleet.json` of a fleet of several shards. */
  readonly fleet?: string;
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

/** Longest wait for an action, in seconds. */
const WAIT_SECONDS_MAX = 86_400;
export function addOptions(command: Command, options: readonly Option[]): Command {
  for (const option of options) command.addOption(option);
  return command;
}

/** An action's summary, for the help of its command. */
export function helpOf({ summary }: ActionDeclaration): string {
  return summary.charAt(0).toLowerCase() + summary.slice(1);
}

/** The flags of {@link FleetOptions}. */
export function fleetOptions(): readonly Option[] {
  return [
    new Option("--db <folder>", "LanceDB folder or URI (default: TROUPE_DB, else ./data/troupe)"),
    new Option("--url <address>", "the server (default: the one that runs on the database)"),
    new Option(
      "--fleet <file>",
      "fleet.json, for all shards (default: TROUPE_FLEET, else in --db)",
    ),
    new Option("--token <text>", "its token (default: TROUPE_TOKEN, else the one in the database)"),
  ];
}

/** The flags of a command that only reads. */
export function readOptions(): readonly Option[] {
  return [...fleetOptions(), outputOption()];
}

export function outputOption(): Option {
  return new Option("-o, --output <format>", "format of printed data")
    .choices(["text", "json"])
    .default("text");
}

/** The flags of {@link EnqueueOptions}. */
export function enqueueOptions(): readonly Option[] {
  return [
    ...readOptions(),
    new Option("--wait <seconds>", "longest wait for the action's end").argParser(readSeconds),
    actorOption(),
    reasonOption(),
  ];
}

export function actorOption(): Option {
  return new Option("--actor <name>", "name of the requester (default: the name of the user)");
}

export function reasonOption(): Option {
  return new Option("--reason <text>", "why; kept with the action");
}

export function pageOptions(limit: number): readonly Option[] {
  return [
    new Option("--limit <rows>", `rows at most, up to ${PAGE_ITEMS_MAX}`)
      .argParser(wholeNumber(1, PAGE_ITEMS_MAX))
      .default(limit),
    new Option("--cursor <text>", "continue after an earlier page, by its next_cursor"),
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

/** Reads the text of any JSON value. */
export function readJson(text: string): unknown {
  const value = parseJson(text);
  if (value === undefined) {
    throw new InvalidArgumentError(`It must be JSON such as '{"key": 1}', '"text"' or null.`);
  }
  refuseLoss(text, value);
  return value;
}

export function readJsonObject(text: string): Readonly<Record<string, unknown>> {
  const value = parseJsonObject(text);
  if (value === undefined) {
    throw new InvalidArgumentError(`It must be a JSON object such as '{"key": 1}'.`);
  }
  refuseLoss(text, value);
  return value;
}

function refuseLoss(text: string, value: unknown): void {
  const fault = findJsonFault(value, "It") ?? findTextLoss(text, value, "It");
  if (fault !== undefined) throw new InvalidArgumentError(`${fault}.`);
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  const isNumber = /^\d{1,6}(\.\d{1,6})?$/.test(text);
  if (isNumber && seconds > 0 && seconds <= WAIT_SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(`It must be seconds, above 0 and up to ${WAIT_SECONDS_MAX}.`);
}
