/** `troupe queue …` and `troupe env …` on the command line. */

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
} from "./options.ts";
import type { ActionListOptions, CancelOptions } from "./queue-verbs.ts";
import type { OutputOptions } from "./text/terminal-output.ts";

/** Rows shown where nobody says how many. */
const ACTIONS_SHOWN = 20;

export function addQueueCommands(program: Command, run: Run): void {
  const queue = program
    .command("queue")
    .description("look at actions and how they ended, and withdraw them");
  const list = queue.command("list").description("actions, newest first");
  addOptions(list, [
    new Option("--pending", "those that are not processed yet").conflicts("outcome"),
    new Option("--outcome <outcome>", "those that ended so").choices([
      "done",
      "cancelled",
      "rejected",
      "dead",
    ]),
    new Option("--agent <id>", "those of this agent"),
    ...pageOptions(ACTIONS_SHOWN),
    ...fleetOptions(),
    outputOption(),
  ]);
  list.action(
    run(async (options: ActionListOptions) =>
      (await import("./queue-verbs.ts")).listActions(options),
    ),
  );
  const cancel = queue.command("cancel <id>").description("withdraw an action that has not begun");
  addOptions(cancel, [
    ...fleetOptions(),
    outputOption(),
    actorOption(),
    new Option("--reason <text>", "why, kept with the action"),
  ]);
  cancel.action(
    run(async (id: string, options: CancelOptions) =>
      (await import("./queue-verbs.ts")).cancelAction(id, options),
    ),
  );
  const show = queue.command("show <id>").description("all that is known of an action");
  addOptions(show, [...fleetOptions(), outputOption()]);
  show.action(
    run(async (id: string, options: FleetOptions & OutputOptions) =>
      (await import("./queue-verbs.ts")).showAction(id, options),
    ),
  );
}

export function addEnvironmentCommands(program: Command, run: Run): void {
  const env = program.command("env").description("the environment that agents start in");
  const reload = env.command(environmentReload.word).description(helpOf(environmentReload));
  addOptions(reload, enqueueOptions()).action(
    run(async (options: EnqueueOptions) =>
      (await import("./agent-verbs.ts")).reloadEnvironment(options),
    ),
  );
}
