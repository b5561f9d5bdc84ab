/**
 * The folder of V8's code cache. With it a thread's file is compiled once and not a thousand times, and
 * Node's TypeScript compiler, 6 MiB a thread, is loaded once for each version of an agent's module.
 */

import { accessSync, constants } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { builtCacheFolder } from "./entry-points.ts";

/**
 * The folder next to the built files, which the program's own files can use before there are settings.
 * Undefined in the source tree, which changes, and for a user who may not write there.
 */
export function ownCacheFolder(): string | undefined {
  if (builtCacheFolder === undefined) return undefined;
  const folder = fileURLToPath(builtCacheFolder);
  return isWritable(folder) || isWritable(dirname(folder)) ? folder : undefined;
}

/**
 * The folder for the threads of a fleet; undefined in the source tree.
 * @param localFolder see `TROUPE_LOCAL`; used if there is no other folder. Rejected: Node's own choice, a
 * folder for temporary files that another user of the machine could have filled.
 */
export function threadCacheFolder(localFolder: string): string | undefined {
  if (builtCacheFolder === undefined) return undefined;
  return ownCacheFolder() ?? join(localFolder, "compile-cache");
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
