/** The BAML source of a runtime: built-in functions, the fleet's client, and own files. Pure. */

import { getBamlFiles } from "../../../baml_client/inlinedbaml.js";
import type { BamlFiles } from "./declarations.ts";

/** @param client source of the fleet's client, for the one that the built-in files have */
export function runtimeFiles(client: string | undefined, own: BamlFiles = {}): BamlFiles {
  const { "generators.baml": _, ...builtIn } = getBamlFiles();
  const replaced = client === undefined ? builtIn : { ...builtIn, "clients.baml": client };
  // A prefix that no path of a user has.
  const prefixed = Object.entries(replaced).map(([file, source]) => [`troupe:${file}`, source]);
  return { ...Object.fromEntries(prefixed), ...own };
}
