/** The commands and flags of `troupe type`. A command's code is loaded when it runs. */

import { type Command, InvalidArgumentError, Option } from "commander";
import { restartTypes, settingBounds } from "../model/type-setting-bounds.ts";
import {
  addOptions,
  DEFAULT,
  type Run,
  readJsonObject,
  readOptions,
  wholeNumber,
} from "./options.ts";

const loadCommands = () => import("./type-verbs.ts");

/** Values of `--restart`. */
const restarts: readonly string[] = [...restartTypes, DEFAULT];

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
  return [
    new Option("--restart <kind>", `when its agents start again: ${restarts.join(", ")}`).argParser(
      readRestart,
    ),
    number("restarts_max", "count", "most restarts within the window"),
    number("restarts_window_ms", "ms", "how long a restart counts"),
    number("destroy_timeout_ms", "ms", "grace between stop and termination"),
    number("memory_mb", "mib", "memory of one agent"),
    number("interval_ms", "ms", "from one step to the next"),
    number("step_timeout_ms", "ms", "longest time of one step"),
    number("step_retries", "count", "tries of a step that throws"),
    new Option("--config <json>", "defaults of the type's own settings, a JSON object").argParser(
      orDefault(readJsonObject),
    ),
  ];
}

function number(name: keyof typeof settingBounds, value: string, meaning: string): Option {
  const flag = `--${name.replaceAll("_", "-")} <${value}>`;
  const [least, greatest] = settingBounds[name];
  return new Option(flag, meaning).argParser(orDefault(wholeNumber(least, greatest)));
}

function orDefault<T>(read: (text: string) => T): (text: string) => T | typeof DEFAULT {
  return (text) => (text === DEFAULT ? DEFAULT : read(text));
}

function readRestart(text: string): string {
  if (restarts.includes(text)) return text;
  throw new InvalidArgumentError(`It must be one of ${restarts.join(", ")}.`);
}
