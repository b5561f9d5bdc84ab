/** The flags of `troupe usage`. The command's code is loaded when it runs. */

import { type Command, Option } from "commander";
import { PAGE_ITEMS_MAX } from "../model/limits.ts";
import { periods } from "../model/usage.ts";
import { usageRequestDefault } from "../model/usage-sums.ts";
import { addOptions, type Run, readOptions, wholeNumber } from "./options.ts";

export function addUsageCommand(program: Command, run: Run): void {
  const command = program
    .command("usage")
    .description("tokens and money that the agents have spent on models, by hour and day in UTC");
  const { period, limit } = usageRequestDefault;
  addOptions(command, [
    new Option("--by <group>", "group the rows by")
      .choices(["agent", "type", "model"])
      .default("agent"),
    new Option("--period <period>", "the period to show and to sort by")
      .choices(periods)
      .default(period),
    new Option("--limit <rows>", `agents at most, up to ${PAGE_ITEMS_MAX}`)
      .argParser(wholeNumber(1, PAGE_ITEMS_MAX))
      .default(limit),
    ...readOptions(),
  ]).action(run(async () => (await import("./usage-table.ts")).showUsage));
}
