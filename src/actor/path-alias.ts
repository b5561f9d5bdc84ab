/**
 * Recognizes imports by an alias of `tsconfig.json`, which the compiler resolves and Node does not.
 * Invariant: nothing here runs a module.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Folders from the importing file upwards in which a `tsconfig.json` is searched. */
const LEVELS_MAX = 20;
/** Its content has no braces. Comments and trailing commas are allowed in the file, so it is not read as JSON. */
const PATHS = /"paths"\s*:\s*\{([^}]*)/;
const PATHS_KEY = /"([^"\n*]+)(\*?)"\s*:\s*\[/g;

/**
 * The `tsconfig.json` that governs a file and declares the import as an alias; undefined without.
 * @param wanted the import, or the part of it that Node took for a package's name
 * @param importer path of the importing file
 */
export function findAlias(wanted: string, importer: string): string | undefined {
  const config = findConfig(dirname(importer));
  if (config === undefined) return undefined;
  const [, paths = ""] = PATHS.exec(config.text) ?? [];
  const isAlias = [...paths.matchAll(PATHS_KEY)].some(([, name = "", star]) =>
    star === "" ? wanted === name : `${wanted}/`.startsWith(name),
  );
  return isAlias ? config.path : undefined;
}

function findConfig(start: string): { readonly path: string; readonly text: string } | undefined {
  let folder = start;
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const path = join(folder, "tsconfig.json");
    try {
      return { path, text: readFileSync(path, "utf8") };
    } catch {
      if (dirname(folder) === folder) return undefined;
      folder = dirname(folder);
    }
  }
  return undefined;
}
