/** The commands and flags of `troupe queue` and `troupe env`. A command's code is loaded when it runs. */

import { type Command, Option } from "commander";
import { environmentReload } from "../model/actions/environment-reload.ts";
import {
  actorOption,
  addOptions,
  type EnqueueOptions,
  enqueueOptions,
  type FleetOptions,
  fleetOptions,
  helpOf,
  outputOption,
  pageOptions,
  type Run,
  reasonOption,
} from "./options.ts";
import type { ActionListOptions, CancelOptions } from "./queue-verbs.ts";
import type { OutputOptions } from "./text/terminal-output.ts";

/** Rows shown without `--limit`. */
const ACTIONS_SHOWN = 20;

export function addQueueCommands(program: Command, run: Run): void {
  const queue = program.command("queue").description("inspect and withdraw actions");
  const list = queue.command("list").description("actions, newest first");
  addOptions(list, [
    new Option("--pending", "only actions that are not processed yet").conflicts("outcome"),
    new Option("--outcome <outcome>", "only actions with this outcome").choices([
      "done",
      "cancelled",
      "rejected",
      "dead",
    ]),
    new Option("--agent <id>", "only actions of this agent"),
    ...pageOptions(ACTIONS_SHOWN),
    ...fleetOptions(),
    outputOption(),
  ]);
  list.action(
    run(async (options: ActionListOptions) =>
      (await import("./queue-verbs.ts")).listActions(options),
    ),
  );
  const cancel = queue
    .command("cancel <id>")
    .description("withdraw an action that has not started");
  addOptions(cancel, [...fleetOptions(), outputOption(), actorOption(), reasonOption()]);
  cancel.action(
    run(async (id: string, options: CancelOptions) =>
      (await import("./queue-verbs.ts")).cancelAction(id, options),
    ),
  );
  const show = queue.command("show <id>").description("all details of an action");
  addOptions(show, [...fleetOptions(), outputOption()]);
  show.action(
    run(async (id: string, options: FleetOptions & OutputOptions) =>
      (await import("./queue-verbs.ts")).showAction(id, options),
    ),
  );
}

export function addEnvironmentCommands(program: Command, run: Run): void {
  const env = program.command("env").description("the settings and modules that agents start with");
  const reload = env.command(environmentReload.word).description(helpOf(environmentReload));
  addOptions(reload, enqueueOptions()).action(
    run(async (options: EnqueueOptions) =>
      (await import("./agent-verbs.ts")).reloadEnvironment(options),
    ),
  );
}
