/** A provider's key, as its environment variable has it. Pure. */

import { TroupeError } from "../model/errors.ts";
import type { Environment } from "./providers.ts";

/**
 * The key without white space around it, such as the line break at the end of a file; undefined if there is none.
 * @throws {TroupeError} `SETTING_INVALID` for a key that no request can send: BAML would send nothing, and its error
 * would blame the answer. The message says nothing of the key.
 */
export function readKey(env: Environment, variable: string): string | undefined {
  const key = env[variable]?.trim() ?? "";
  if (key === "") return undefined;
  const at = key.search(/[^\x20-\x7e]/);
  if (at < 0) return key;
  const found = /\s/.test(key[at] ?? "") ? "a line break or a tab" : "another character";
  throw new TroupeError(
    "SETTING_INVALID",
    `${variable} must be a key of letters, digits and signs of ASCII, got ${found} in it`,
    { details: { setting: variable } },
  );
}
