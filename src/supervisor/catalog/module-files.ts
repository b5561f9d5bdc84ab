/** Finds the agents' modules in a folder. */

import type { Stats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { TroupeError } from "../../model/errors.ts";

/** Most modules in one folder. */
const MODULES_MAX = 1_000;
const MODULE_EXTENSIONS = new Set([".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"]);
/** Files that resemble modules but are not. */
const LOOKALIKE_EXTENSIONS = new Set([".tsx", ".jsx"]);

export interface ModuleFiles {
  /** Paths, in the order of their names. */
  readonly modules: readonly string[];
  /** One sentence for each file that resembles a module and is ignored. */
  readonly passedOver: readonly string[];
}

/**
 * The modules of `path`, a folder or one module.
 * @throws {TroupeError} `SETTING_INVALID` if `path` does not exist, or has too many.
 */
export async function findModules(path: string): Promise<ModuleFiles> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new TroupeError(
      "SETTING_INVALID",
      `TROUPE_AGENTS must be a folder or a module, ${path} does not exist`,
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
    // A broken link or an unreadable file fails when it is loaded.
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
