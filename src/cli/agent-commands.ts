/** The commands and flags of `troupe agent`. A command's code is loaded when it runs. */

import { type Command, Option } from "commander";
import { plainActions } from "../model/actions/action-registry.ts";
import { agentInterrupt } from "../model/actions/agent-interrupt.ts";
import { stepStatuses } from "../model/step-status.ts";
import { settingBounds } from "../model/type-setting-bounds.ts";
import { agentFilterOptions, filterOption } from "./agent-filter-flags.ts";
import type { SelectorOptions } from "./agent-selector.ts";
import { addInsideCommands } from "./inside-commands.ts";
import {
  addOptions,
  enqueueOptions,
  helpOf,
  pageOptions,
  type Run,
  readJsonObject,
  readOptions,
  urgencyOption,
  wholeNumber,
} from "./options.ts";

/** Rows shown without `--limit`. */
const STEPS_SHOWN = 20;
const AGENTS_SHOWN = 1_000;
const TRACES_SHOWN = 5;

const loadVerbs = () => import("./agent-verbs.ts");

export function addAgentCommands(program: Command, run: Run): void {
  const agent = program.command("agent").description("create, inspect, steer and end agents");
  addCreate(agent, run);
  addTables(agent, run);
  addTrace(agent, run);
  addShow(agent, run);
  addInsideCommands(agent, run);
  addSteering(agent, run);
  addInterrupt(agent, run);
}

function addCreate(agent: Command, run: Run): void {
  const create = agent
    .command("create [id]")
    .description("start an agent; without an id it gets a new one")
    .option("--type <name>", "type of the agent (default: joke)")
    .option("--subject <text>", "its first subject");
  addOptions(create, [
    new Option("--config <json>", "its config, a JSON object").argParser(readJsonObject),
    new Option("--interval <ms>", "milliseconds from one step to the next").argParser(
      wholeNumber(...settingBounds.interval_ms),
    ),
    urgencyOption(),
    ...enqueueOptions(),
  ]);
  create.action(run(async () => (await loadVerbs()).createAgent));
}

function addTables(agent: Command, run: Run): void {
  const list = agent.command("list").description("agents by id");
  addOptions(list, [...agentFilterOptions(), ...pageOptions(AGENTS_SHOWN), ...readOptions()]);
  list.action(run(async () => (await import("./agent-tables.ts")).listAgents));
  const steps = agent.command("steps <id>").description("steps of an agent, newest first");
  addOptions(steps, [
    new Option("--status <status>", "only steps that ended like this").choices(stepStatuses),
    ...pageOptions(STEPS_SHOWN),
    ...readOptions(),
  ]);
  steps.action(run(async () => (await import("./agent-tables.ts")).listSteps));
}

function addTrace(agent: Command, run: Run): void {
  const trace = agent
    .command("trace <id>")
    .description("what each step did outside itself, on its time axis, newest step first");
  addOptions(trace, [
    new Option("--step <number>", "only this step").argParser(
      wholeNumber(1, Number.MAX_SAFE_INTEGER),
    ),
    ...pageOptions(TRACES_SHOWN),
    ...readOptions(),
  ]);
  trace.action(run(async () => (await import("./agent-trace.ts")).traceAgent));
}

function addShow(agent: Command, run: Run): void {
  const show = agent.command("show <id>").description("all details of an agent");
  addOptions(show, readOptions());
  show.action(run(async () => (await import("./agent-show.ts")).showAgent));
  const watch = agent
    .command("watch [id]")
    .description("print steps, progress and changes of status as they happen, until Ctrl-C")
    .option("--errors", "only errors");
  const filters = [filterOption("type"), filterOption("status")];
  addOptions(watch, [...filters, ...readOptions()]);
  watch.action(run(async () => (await import("./agent-watch.ts")).watchAgents));
}

function addSteering(agent: Command, run: Run): void {
  for (const action of plainActions) {
    const command = agent.command(`${action.word} [id]`).description(helpOf(action));
    addOptions(command, [...selectorOptions(), ...enqueueOptions()]).action(
      run(async () => {
        const { steerAgent } = await loadVerbs();
        return (id: string | undefined, options: SelectorOptions) =>
          steerAgent(action, id, options);
      }),
    );
  }
}

function addInterrupt(agent: Command, run: Run): void {
  const interrupt = agent
    .command("interrupt [id]")
    .description(helpOf(agentInterrupt))
    .option("--subject <text>", "guidance that changes the subject");
  addOptions(interrupt, [
    new Option("--guidance <json>", "guidance as a JSON object").argParser(readJsonObject),
    new Option("--now", "abort the running step's model call instead of waiting for its end"),
    ...selectorOptions(),
    ...enqueueOptions(),
  ]);
  interrupt.action(run(async () => (await loadVerbs()).interruptAgent));
}

/** Instead of an id. */
function selectorOptions(): readonly Option[] {
  return [
    ...[filterOption("status"), filterOption("type")],
    new Option("--all", "all agents that the command is for: not those that have ended"),
  ];
}
