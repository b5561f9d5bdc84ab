/** The commands and flags of `troupe type`. A command's code is loaded when it runs. */

import { type Command, InvalidArgumentError, Option } from "commander";
import {
  addOptions,
  DEFAULT,
  type Run,
  readJsonObject,
  readOptions,
  wholeNumber,
} from "./options.ts";

const loadCommands = () => import("./type-verbs.ts");

const RESTARTS = ["permanent", "transient", "temporary"];
const DAY_MS = 86_400_000;

export function addTypeCommands(program: Command, run: Run): void {
  const type = program.command("type").description("the types of agents and their settings");
  const list = type.command("list").description("all types, with the settings in effect");
  addOptions(list, readOptions()).action(run(async () => (await loadCommands()).listTypes));
  const set = type
    .command("set <name>")
    .description(`change settings of a type; "${DEFAULT}" resets one to its default`);
  addOptions(set, [...settingOptions(), ...readOptions()]).action(
    run(async () => (await loadCommands()).setType),
  );
}

function settingOptions(): readonly Option[] {
  const kinds = [...RESTARTS, DEFAULT].join(", ");
  return [
    new Option("--restart <kind>", `when its agents start again: ${kinds}`).argParser(readRestart),
    number("--restarts-max <count>", "most restarts within the window", 0, 1_000),
    number("--restarts-window-ms <ms>", "how long a restart counts", 1, DAY_MS),
    number("--destroy-timeout-ms <ms>", "grace between stop and termination", 0, 3_600_000),
    number("--memory-mb <mib>", "memory of one agent", 16, 65_536),
    number("--interval-ms <ms>", "from one step to the next", 0, DAY_MS),
    number("--step-timeout-ms <ms>", "longest time of one step", 10, DAY_MS),
    number("--step-retries <count>", "tries of a step that throws", 0, 10_000),
    new Option("--config <json>", "defaults of the type's own settings, a JSON object").argParser(
      orDefault(readJsonObject),
    ),
  ];
}

function number(flags: string, meaning: string, least: number, most: number): Option {
  return new Option(flags, meaning).argParser(orDefault(wholeNumber(least, most)));
}

function orDefault<T>(read: (text: string) => T): (text: string) => T | typeof DEFAULT {
  return (text) => (text === DEFAULT ? DEFAULT : read(text));
}

function readRestart(text: string): string {
  if (text === DEFAULT) return DEFAULT;
  if (RESTARTS.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${[...RESTARTS, DEFAULT].join(", ")}.`);
}
