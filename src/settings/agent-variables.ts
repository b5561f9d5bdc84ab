/** Which environment variables agents must not have: a check of `TROUPE_AGENT_ENV`. Pure. */

import { TroupeError } from "../model/errors.ts";

/** The variables with a collector's key. */
const HEADERS_NAME = /^OTEL_EXPORTER_OTLP_(?:[A-Z]+_)?HEADERS$/;

/**
 * @param names those of `TROUPE_AGENT_ENV`
 * @param keys names of variables that hold keys of models
 * @throws {TroupeError} `SETTING_INVALID` for a name that agents must not have.
 */
export function refuseNames(names: readonly string[], keys: readonly string[]): void {
  for (const name of names) {
    const why = refusalOf(name, keys);
    if (why === undefined) continue;
    const message = `TROUPE_AGENT_ENV must not have ${name}: it is ${why}`;
    const details = { setting: "TROUPE_AGENT_ENV", name };
    throw new TroupeError("SETTING_INVALID", message, { details });
  }
}

function refusalOf(name: string, keys: readonly string[]): string | undefined {
  if (name.startsWith("TROUPE_")) return "a name of Troupe's own";
  if (keys.includes(name)) {
    return "a provider's key; agents call models through ctx.llm and need none";
  }
  if (HEADERS_NAME.test(name))
    return "for OpenTelemetry's exporter, and may have a collector's key";
  // A thread with an option that threads do not have cannot start.
  return name === "NODE_OPTIONS" ? "for Node, which reads it before an agent's code" : undefined;
}

/** Sentences about names without a value. */
export function unsetVariables(
  names: readonly string[],
  all: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const unset = names.filter((name) => all[name] === undefined);
  return unset.map((name) => `${name}, which TROUPE_AGENT_ENV names, is not set`);
}
