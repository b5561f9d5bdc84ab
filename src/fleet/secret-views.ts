/** Which views may have secrets: only for those are the modules of users read, which have the schemas. Pure. */

import { isObject } from "../model/parse-json.ts";
import { hasOwnSettings } from "../model/secret-config.ts";

/** True unless all settings in it are such as every agent may have. */
export function mayHaveSecrets(view: unknown): boolean {
  const { config, payload } = Object(view) as {
    readonly config?: unknown;
    readonly payload?: unknown;
  };
  if (typeof payload === "string") return payload.includes("config");
  const found: unknown = config ?? Object(payload).config ?? {};
  return !isObject(found) || hasOwnSettings(found);
}
