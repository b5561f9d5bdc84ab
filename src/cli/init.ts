/** `troupe init`: copies the files of a first agent and its BAML function into a project, never over one. */

import { mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { templateFolder } from "../entry-points.ts";
import { toErrorData } from "../model/errors.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import { workingFolder } from "../system-check.ts";
import { writeBamlTypes } from "./baml.ts";
import { type ExitCode, exitCodes, UsageError } from "./exit-codes.ts";
import { note, print } from "./text/terminal-output.ts";

/**
 * Makes the modules in its folder use `import` and `export`; needed in a project whose own package.json
 * does not, as `npm init` makes it.
 */
const MODULES_FILE = join("agents", "package.json");

/**
 * Prints what it wrote, and what it left alone.
 * @throws {UsageError} in a clone of Troupe, whose `baml_src` has the built-in functions.
 */
export async function init(): Promise<ExitCode> {
  const template = fileURLToPath(templateFolder);
  const folder = workingFolder();
  if ((await realpath(join(template, ".."))) === (await realpath(folder))) {
    throw new UsageError("this is Troupe's own folder: run init in a folder of your own");
  }
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(template.length));
  const usesModules = await isModulePackage(folder);
  for (const path of paths.sort()) {
    if (path !== MODULES_FILE || !usesModules) await copyNew(join(template, path), path);
  }
  await writeTypes();
  note("start it: npx troupe start");
  note(
    "create an agent, in a second terminal: npx troupe agent create hello1 --type hello --wait 20",
  );
  return exitCodes.ok;
}

/** Files that were there before may be broken; the first start reports them as well. */
async function writeTypes(): Promise<void> {
  try {
    await writeBamlTypes({ output: "text" });
  } catch (error) {
    note(`types of BAML functions were not written: ${toErrorData(error).message}`);
  }
}

async function copyNew(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    // Not a copy of the file, whose mode may be read-only.
    await writeFile(to, await readFile(from), { flag: "wx" });
    print(`wrote ${to}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    print(`kept  ${to}`);
  }
}

/** By the nearest package.json, as Node finds it. */
async function isModulePackage(folder: string): Promise<boolean> {
  const text = await readFile(resolve(folder, "package.json"), "utf8").catch(() => undefined);
  if (text !== undefined) return parseJsonObject(text)?.["type"] === "module";
  return dirname(folder) !== folder && (await isModulePackage(dirname(folder)));
}
