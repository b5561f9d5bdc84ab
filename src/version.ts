/** The version of this Troupe, as its package.json has it. */

import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";

export function readVersion(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) return "unknown";
  const { version } = JSON.parse(readFileSync(path, "utf8")) as { readonly version?: string };
  return version ?? "unknown";
}
