/** Which files of the folder of agents are modules of agents. */

import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { TroupeError } from "../../model/errors.ts";

/** Modules in one folder. */
const MODULES_MAX = 1_000;
const MODULE_EXTENSIONS = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
/** Names that somebody could take for modules, and that are none. */
const LOOKALIKE_EXTENSIONS = new Set([".tsx", ".jsx"]);

export interface ModuleFiles {
  /** Paths, in the order of their names. */
  readonly modules: readonly string[];
  /** One sentence for each file that looks like a module and is not taken for one. */
  readonly passedOver: readonly string[];
}

/**
 * The modules under `path`, a folder or one module.
 * @throws {TroupeError} `SETTING_INVALID` if `path` is not there, or has too many.
 */
export async function findModules(path: string): Promise<ModuleFiles> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TroupeError(
      "SETTING_INVALID",
      `TROUPE_AGENTS must be a folder or a module, ${path} is not there`,
      { cause },
    );
  });
  if (!found.isDirectory()) return { modules: [resolve(path)], passedOver: [] };
  const names = (await readdir(path)).sort().filter((name) => !name.startsWith("."));
  const candidates = names.filter(isModule).map((name) => resolve(join(path, name)));
  if (candidates.length > MODULES_MAX) {
    throw new TroupeError(
      "SETTING_INVALID",
      `TROUPE_AGENTS must hold at most ${MODULES_MAX} modules, ${path} has ${candidates.length}`,
    );
  }
  const lookalikes = names
    .filter((name) => LOOKALIKE_EXTENSIONS.has(extname(name)))
    .map((name) => `${resolve(join(path, name))} ends in ${extname(name)}`);
  const modules: string[] = [];
  const others: string[] = [];
  for (const file of candidates) {
    // A link that leads nowhere, or a file that may not be read, fails when it is loaded.
    const kind = otherKind(await stat(file).catch(() => undefined));
    if (kind === undefined) modules.push(file);
    else others.push(`${file} is ${kind}`);
  }
  return { modules, passedOver: [...others, ...lookalikes] };
}

function isModule(name: string): boolean {
  const isDeclaration = /\.d\.[cm]?ts$/.test(name);
  return MODULE_EXTENSIONS.has(extname(name)) && !isDeclaration;
}

function otherKind(stats: Stats | undefined): string | undefined {
  if (stats === undefined || stats.isFile()) return undefined;
  return stats.isDirectory() ? "a folder" : "not a file";
}
