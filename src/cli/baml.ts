/** `troupe baml`: checks own BAML functions and writes their types. Needs no server. */

import { isAbsolute, relative } from "node:path";
import { TroupeError } from "../model/errors.ts";
import { readSettings } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { type OutputOptions, print, printJson } from "./text/terminal-output.ts";

export interface BamlOptions extends OutputOptions {
  readonly baml?: string;
}

/**
 * @throws {TroupeError} `PROMPT_INVALID` with file and line; `SETTING_INVALID` if there is no folder.
 */
export async function writeBamlTypes({ baml, output }: BamlOptions): Promise<ExitCode> {
  const settings = await readSettings({ baml });
  const { agentEnvironment } = await import("../settings/config.ts");
  const { compilePrompts } = await import("../llm/prompts/compiler.ts");
  const { typesPath } = await import("../llm/prompts/prompt-reader.ts");
  const { readPrompts } = await import("../llm/prompts/prompts.ts");
  const { writeTypes } = await import("../llm/prompts/types-file.ts");
  if (settings.baml === null) {
    throw new TroupeError(
      "SETTING_INVALID",
      "the working directory has no folder baml_src of your own functions; name one with --baml or TROUPE_BAML",
    );
  }
  const prompts = await readPrompts(settings.baml);
  const types = await compilePrompts(prompts.set, { env: agentEnvironment() });
  if (types === undefined) throw new TroupeError("INTERNAL", "BAML made no types");
  const path = typesPath(settings);
  await writeTypes(path, prompts, types);
  const functions = Object.keys(prompts.set.functions);
  if (output === "json") printJson({ types: path, functions });
  else print(`${shown(path)} types ${count(functions)}: ${functions.join(", ")}`);
  return exitCodes.ok;
}

function shown(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

function count({ length }: readonly string[]): string {
  return length === 1 ? "1 function" : `${length} functions`;
}
