/** The commands and flags of `troupe init`, `troupe start`, `troupe top`, `troupe trouble`, `troupe baml` and `troupe doctor`. */

import { type Command, Option } from "commander";
import { TAKEOVER_FLAG, UNDER_HEART_FLAG } from "../heart/heart-link.ts";
import type { SettingKind } from "../settings/settings.ts";
import {
  actorOption,
  addOptions,
  fleetOptions,
  outputOption,
  type Run,
  readJsonObject,
  readOptions,
} from "./options.ts";

/** @param argv the registry of settings is loaded only if it names `start` */
export async function addStartCommand(
  program: Command,
  run: Run,
  argv: readonly string[],
): Promise<void> {
  const start = program.command("start").description("run the agents of a database");
  if (argv.includes("start")) {
    const { flagOf, settingKinds } = await import("../settings/settings.ts");
    const kinds = Object.values<SettingKind>(settingKinds);
    addOptions(
      start,
      kinds.map((kind) => new Option(`${flagOf(kind.name)} <value>`, meaningOf(kind))),
    );
    addOptions(start, [
      new Option("--watch", "reload changed code of agents, and restart the agents that it runs"),
      new Option(TAKEOVER_FLAG, "take the database from a process that runs it, or may run it"),
      new Option("--no-heart", "without the parent process that restarts it when it dies"),
      new Option(`${UNDER_HEART_FLAG} <json>`).argParser(readJsonObject).hideHelp(),
    ]);
  }
  start.action(run(async () => (await import("./start.ts")).start));
}

export function addInitCommand(program: Command, run: Run): void {
  program
    .command("init")
    .description("write a first agent and its BAML function into this folder; existing files stay")
    .action(run(async () => (await import("./init.ts")).init));
}

export function addTopCommand(program: Command, run: Run): void {
  const command = program
    .command("top")
    .description("a live table of the agents, with keys to steer them");
  addOptions(command, [...fleetOptions(), actorOption()]).action(
    run(async () => (await import("./top/top.ts")).top),
  );
}

export function addTroubleCommand(program: Command, run: Run): void {
  const command = program
    .command("trouble")
    .description("what needs attention, by cause; exit code 1 if something does");
  addOptions(command, readOptions()).action(
    run(async () => (await import("./trouble-report.ts")).showTrouble),
  );
}

export function addBamlCommand(program: Command, run: Run): void {
  const command = program
    .command("baml")
    .description("check your own BAML functions and write their types to .troupe/llm.d.ts");
  addOptions(command, [
    new Option("--baml <folder>", "folder of BAML files (default: TROUPE_BAML, or ./baml_src)"),
    outputOption(),
  ]).action(run(async () => (await import("./baml.ts")).writeBamlTypes));
}

export function addDoctorCommand(program: Command, run: Run): void {
  const doctor = program.command("doctor").description("check all that a start needs");
  addOptions(doctor, readOptions()).action(run(async () => (await import("./doctor.ts")).examine));
}

function meaningOf(kind: SettingKind): string {
  const standard = kind.defaultMeaning ?? String(kind.default);
  return `${kind.meaning} (${kind.name}; default: ${standard})`.replaceAll("`", "");
}
