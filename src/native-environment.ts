/**
 * The environment of the process, which native code (LanceDB, BAML) reads once when it is loaded: it is
 * checked and completed before.
 */

import { excerpt } from "./model/ids.ts";

type Environment = Readonly<Record<string, string>>;

/** The values of a variable with which native code works. */
export interface VariableForm {
  readonly expected: string;
  readonly isValid: (text: string) => boolean;
}

/**
 * Takes variables out of the environment that are empty, or that native code would not survive. Call it
 * before {@link provideEnvironment}.
 * @returns a warning for each of the latter
 */
export function dropUnusable(forms: Readonly<Record<string, VariableForm>>): readonly string[] {
  const warnings: string[] = [];
  for (const [name, { expected, isValid }] of Object.entries(forms)) {
    const given = process.env[name];
    if (given === undefined || isValid(given)) continue;
    delete process.env[name];
    if (given === "") continue;
    warnings.push(
      `ignored ${name} in the environment: must be ${expected}, got ${excerpt(given)}, with which the database's library would end the process`,
    );
  }
  return warnings;
}

/** The first variable that native code would not survive, as a sentence; nothing is changed. */
export function findUnusable(forms: Readonly<Record<string, VariableForm>>): string | undefined {
  for (const [name, { expected, isValid }] of Object.entries(forms)) {
    const given = process.env[name];
    if (given !== undefined && !isValid(given)) {
      return `${name} in the environment must be ${expected}, got ${excerpt(given)}`;
    }
  }
  return undefined;
}

/** Sets names. One that is set keeps its value, unless it is in `required`. */
export function provideEnvironment(defaults: Environment, required: Environment = {}): void {
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
  Object.assign(process.env, required);
}

/**
 * Exempts loopback from the environment's proxies: requests to the offline model and to the models' relay
 * would go to the proxy.
 */
export function exemptLoopback(): void {
  const { env } = process;
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const given = env[name] ?? env["no_proxy"] ?? env["NO_PROXY"] ?? "";
    // BAML's HTTP client takes `*` for all names, and not for addresses.
    if (!/(^|,)\s*127\.0\.0\.1\s*(,|$)/.test(given)) {
      env[name] = given === "" ? LOOPBACK : `${given},${LOOPBACK}`;
    }
  }
}

const LOOPBACK = "127.0.0.1,::1,localhost";
