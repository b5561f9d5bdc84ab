/** What a test needs that npm does not bring: programs of Debian's packages. Without them it is skipped. */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface Needed {
  /** For the message: what the tests need the programs for. */
  readonly purpose: string;
  readonly programs: readonly string[];
  /** Debian's packages that have them. */
  readonly packages: readonly string[];
}

/**
 * For `describe.skipIf`: true if a program is missing, which is printed with the command that installs it.
 */
export function isMissing({ purpose, programs, packages }: Needed): boolean {
  const missing = programs.filter((name) => !isInstalled(name));
  if (missing.length === 0) return false;
  const remedy = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  console.warn(`skipped: ${purpose} needs ${missing.join(", ")}; on Debian: ${remedy}`);
  return true;
}

function isInstalled(name: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return [...folders, "/usr/sbin", "/sbin"].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
