/**
 * The command line: the program's commands, and its exit code.
 * Invariant: nothing here loads the database, the schema library or a model, so that help and usage
 * errors are fast.
 */

import { Command, CommanderError } from "commander";
import { readVersion } from "../version.ts";
import { addAgentCommands } from "./agent-commands.ts";
import { hasUnreached } from "./command-fleet.ts";
import { addDatabaseCommands } from "./db-commands.ts";
import { addEffectCommands } from "./effect-commands.ts";
import {
  type ExitCode,
  exitCodeMeanings,
  exitCodeOf,
  exitCodes,
  UsageError,
} from "./exit-codes.ts";
import type { Run } from "./options.ts";
import { addEnvironmentCommands, addQueueCommands } from "./queue-commands.ts";
import {
  addBamlCommand,
  addDoctorCommand,
  addInitCommand,
  addStartCommand,
  addTopCommand,
  addTroubleCommand,
} from "./start-commands.ts";
import { plainLines } from "./text/plain-text.ts";
import { printError } from "./text/terminal-output.ts";
import { addTypeCommands } from "./type-commands.ts";
import { addUsageCommand } from "./usage-command.ts";

/**
 * Carries out one command line.
 * @param argv without the program's name
 * @returns the exit code, see {@link exitCodes}
 */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok;
  const run: Run =
    (load) =>
    async (...args) => {
      const command = await load();
      exitCode = await command(...args);
    };
  endWithReader();
  try {
    const program = await makeProgram(run, argv);
    await program.parseAsync(argv, { from: "user" });
    return exitCode === exitCodes.ok && hasUnreached() ? exitCodes.failed : exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return usageEnd(thrown);
    printError(thrown);
    return exitCodeOf(thrown);
  }
}

/** All commands. @param argv the flags of `start` are only added if it names `start` */
export async function makeProgram(run: Run, argv: readonly string[]): Promise<Command> {
  const program = new Command("troupe")
    .description("A fleet of long-lived LLM agents, steered through a durable queue")
    .version(readVersion(), "-V, --version", "print the version")
    .exitOverride()
    .showHelpAfterError("(--help lists commands and flags)")
    .configureOutput({
      outputError: (text, write) => write(plainLines(text.replace(/^error: /, "troupe: "))),
    });
  addInitCommand(program, run);
  await addStartCommand(program, run, argv);
  addAgentCommands(program, run);
  addQueueCommands(program, run);
  addEffectCommands(program, run);
  addTypeCommands(program, run);
  addEnvironmentCommands(program, run);
  addBamlCommand(program, run);
  addDatabaseCommands(program, run);
  addUsageCommand(program, run);
  addTopCommand(program, run);
  addTroubleCommand(program, run);
  addDoctorCommand(program, run);
  return program.addHelpText("after", exitCodeHelp);
}

const exitCodeHelp = `
Exit codes:
${Object.values(exitCodeMeanings)
  .map((meaning, code) => `  ${code}  ${meaning}`)
  .join("\n")}`;

/** Requested help and version are a success; commander has printed everything. */
function usageEnd({ code, exitCode }: CommanderError): ExitCode {
  const isRequested = exitCode === 0 && code !== "commander.help";
  return isRequested ? exitCodes.ok : exitCodes.usage;
}

/** `troupe agent watch | head -1`: a reader that closes the pipe ends the program without an error. */
function endWithReader(): void {
  process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(exitCodes.ok);
    printError(new UsageError(`stdout cannot be written: ${message}`));
    process.exit(exitCodes.failed);
  });
  // The program continues without its messages.
  process.stderr.on("error", () => undefined);
}
