/** The commands and flags of `troupe queue` and `troupe env`. A command's code is loaded when it runs. */

import { type Command, Option } from "commander";
import { actionOutcomes } from "../model/action-outcomes.ts";
import { environmentReload } from "../model/actions/environment-reload.ts";
import {
  actorOption,
  addOptions,
  enqueueOptions,
  helpOf,
  pageOptions,
  type Run,
  readOptions,
  reasonOption,
} from "./options.ts";

/** Rows shown without `--limit`. */
const ACTIONS_SHOWN = 20;

export function addQueueCommands(program: Command, run: Run): void {
  const queue = program.command("queue").description("inspect and withdraw actions");
  const list = queue.command("list").description("actions, newest first");
  addOptions(list, [
    new Option("--pending", "only actions that are not processed yet").conflicts("outcome"),
    new Option("--outcome <outcome>", "only actions with this outcome").choices(actionOutcomes),
    new Option("--agent <id>", "only actions of this agent"),
    ...pageOptions(ACTIONS_SHOWN),
    ...readOptions(),
  ]);
  list.action(run(async () => (await import("./queue-verbs.ts")).listActions));
  const cancel = queue
    .command("cancel <id>")
    .description("withdraw an action that has not started");
  addOptions(cancel, [...readOptions(), actorOption(), reasonOption()]);
  cancel.action(run(async () => (await import("./queue-verbs.ts")).cancelAction));
  const show = queue.command("show <id>").description("all details of an action");
  addOptions(show, readOptions());
  show.action(run(async () => (await import("./queue-verbs.ts")).showAction));
}

export function addEnvironmentCommands(program: Command, run: Run): void {
  const env = program.command("env").description("the settings and modules that agents start with");
  const reload = env.command(environmentReload.word).description(helpOf(environmentReload));
  addOptions(reload, enqueueOptions()).action(
    run(async () => (await import("./agent-verbs.ts")).reloadEnvironment),
  );
}
