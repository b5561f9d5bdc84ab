/** The commands of `troupe agent` that look inside a thread. A command's code is loaded when it runs. */

import { type Command, InvalidArgumentError, Option } from "commander";
import {
  LOG_LINES_KEPT_MAX,
  PROFILE_SECONDS_DEFAULT,
  PROFILE_SECONDS_MAX,
  PROFILE_SECONDS_MIN,
} from "../model/limits.ts";
import { addOptions, type Run, readOptions, wholeNumber } from "./options.ts";

/** Rows shown without `--limit`. */
const LINES_SHOWN = 50;
const CONSTRUCTORS_SHOWN = 20;

const loadVerbs = () => import("./inside-verbs.ts");

export function addInsideCommands(agent: Command, run: Run): void {
  addStack(agent, run);
  addProfile(agent, run);
  addHeap(agent, run);
  addLogs(agent, run);
}

function addStack(agent: Command, run: Run): void {
  const stack = agent
    .command("stack <id>")
    .description("the calls that the agent's thread is in now, even if it hangs in a loop")
    .option("--all-frames", "also those of Troupe and of Node");
  addOptions(stack, readOptions());
  stack.action(run(async () => (await loadVerbs()).showStack));
}

function addProfile(agent: Command, run: Run): void {
  const profile = agent
    .command("profile <id>")
    .description("take a profile of the agent's thread, as a file for Chrome's tools")
    .option("--heap", "a profile of what it allocates and keeps, instead of the processor");
  addOptions(profile, [
    new Option("--seconds <number>", "how long")
      .argParser(readSeconds)
      .default(PROFILE_SECONDS_DEFAULT),
    new Option("--out <file>", "the file (default: <id>.cpuprofile or <id>.heapprofile)"),
    ...readOptions(),
  ]);
  profile.action(run(async () => (await loadVerbs()).profileAgent));
}

function addHeap(agent: Command, run: Run): void {
  const heap = agent
    .command("heap <id>")
    .description("the objects of the agent's heap by constructor, largest first");
  addOptions(heap, [
    new Option("--limit <rows>", "rows at most")
      .argParser(wholeNumber(1, 200))
      .default(CONSTRUCTORS_SHOWN),
    ...readOptions(),
  ]);
  heap.action(run(async () => (await loadVerbs()).showHeap));
}

function addLogs(agent: Command, run: Run): void {
  const logs = agent
    .command("logs <id>")
    .description("the agent's last log lines: what `ctx.log` and the console wrote")
    .option("--follow", "print further lines as they arrive, until Ctrl-C");
  addOptions(logs, [
    new Option("--limit <lines>", `lines at most, up to ${LOG_LINES_KEPT_MAX}`)
      .argParser(wholeNumber(1, LOG_LINES_KEPT_MAX))
      .default(LINES_SHOWN),
    ...readOptions(),
  ]);
  logs.action(run(async () => (await import("./agent-log-lines.ts")).showLogs));
}

function readSeconds(text: string): number {
  const seconds = Number(text);
  const isNumber = /^\d{1,2}(\.\d{1,3})?$/.test(text);
  if (isNumber && seconds >= PROFILE_SECONDS_MIN && seconds <= PROFILE_SECONDS_MAX) return seconds;
  throw new InvalidArgumentError(
    `It must be seconds from ${PROFILE_SECONDS_MIN} to ${PROFILE_SECONDS_MAX}.`,
  );
}
