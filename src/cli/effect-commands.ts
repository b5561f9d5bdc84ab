/** The commands and flags of `troupe effect`. A command's code is loaded when it runs. */

import { type Command, Option } from "commander";
import { effectResolve } from "../model/actions/effect-resolve.ts";
import { effectStates } from "../model/effect-states.ts";
import {
  addOptions,
  enqueueOptions,
  helpOf,
  pageOptions,
  type Run,
  readJson,
  readOptions,
} from "./options.ts";

/** Rows shown without `--limit`. */
const EFFECTS_SHOWN = 20;

export function addEffectCommands(program: Command, run: Run): void {
  const effect = program
    .command("effect")
    .description("what steps did outside themselves; settle unknown outcomes");
  const list = effect.command("list").description("effects, newest first");
  addOptions(list, [
    new Option("--agent <id>", "only effects of this agent"),
    new Option("--state <state>", "only effects in this state").choices(effectStates),
    ...pageOptions(EFFECTS_SHOWN),
    ...readOptions(),
  ]);
  list.action(run(async () => (await import("./effect-verbs.ts")).listEffects));
  const resolve = effect
    .command(`${effectResolve.word} <id>`)
    .description(helpOf(effectResolve))
    .addOption(
      new Option("--done <json>", "it had its effect, with this result; null if it has none")
        // In an object: commander takes a value of null for none.
        .argParser((text) => ({ value: readJson(text) }))
        .conflicts("retry"),
    )
    .option("--retry", "it had no effect, and may be called again");
  addOptions(resolve, enqueueOptions()).action(
    run(async () => (await import("./effect-verbs.ts")).resolveEffect),
  );
}
