/** The place that a path leads to now, with all links followed. */

import { realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Its end may be missing yet; a place that cannot be looked at stays as it is. */
export function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const parent = dirname(path);
    return isMissing && parent !== path ? join(withoutLinks(parent), basename(path)) : path;
  }
}
