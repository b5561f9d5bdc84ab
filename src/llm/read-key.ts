/** A provider's key, as its environment variable has it. Pure. */

import { TroupeError } from "../model/errors.ts";
import type { Environment } from "./providers.ts";

/**
 * The key without white space around it, such as the line break at the end of a file; undefined if there is none.
 * @throws {TroupeError} `SETTING_INVALID`, see {@link findKeyFault}.
 */
export function readKey(env: Environment, variable: string): string | undefined {
  const key = env[variable]?.trim() ?? "";
  if (key === "") return undefined;
  const fault = findKeyFault(variable, key);
  if (fault === undefined) return key;
  throw new TroupeError("SETTING_INVALID", fault, { details: { setting: variable } });
}

/** The first of them that is set; the others are not checked. @throws as {@link readKey}. */
export function readFirstKey(env: Environment, variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const key = readKey(env, variable);
    if (key !== undefined) return key;
  }
  return undefined;
}

/**
 * Why this cannot be a key, or no request can send it; undefined if it can. BAML would send nothing, and its error
 * would blame the answer. The reason says nothing of the key.
 */
export function findKeyFault(variable: string, key: string): string | undefined {
  const at = key.search(/[^\x20-\x7e]/);
  const found = at < 0 ? findForShell(key.trim()) : describeSign(key[at] ?? "");
  if (found === undefined) return undefined;
  return `${variable} must be a key of letters, digits and signs of ASCII, got ${found}`;
}

function describeSign(sign: string): string {
  return /\s/.test(sign) ? "a line break or a tab in it" : "another character in it";
}

/** What a shell, or a file's parser, would have replaced. */
function findForShell(key: string): string | undefined {
  if (/^["'`]|["'`]$/.test(key)) return "a quote at one of its ends";
  if (/^\$(?:[A-Z_]\w*|[{(].*[)}])$/.test(key))
    return "a variable or a command, which is not replaced here";
  return undefined;
}
