/**
 * Reads the settings: a flag beats the environment, which beats `.env`, which beats the default.
 * Invariant: nothing else reads or writes `process.env`.
 */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { Check } from "typebox/value";
import { TroupeError } from "./model/errors.ts";
import { excerpt } from "./model/ids.ts";
import {
  flagOf,
  type SettingKey,
  type SettingKind,
  type SettingValues,
  settingKinds,
} from "./settings.ts";

/** All settings, checked. Folders are absolute. */
export interface Settings extends SettingValues {
  /** What the model providers read: keys and hosts, by the names of their environment variables. */
  readonly llmEnv: Environment;
}

export type Environment = Readonly<Record<string, string>>;

/** Where settings come from, beside `.env`. */
export interface SettingSources {
  /** Text of the flags given, by the setting's name in the program. */
  readonly flags?: { readonly [K in SettingKey]?: string | undefined };
  /** The real environment; by default that of the process, as it is now. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By default `.env` in the working directory. It need not exist. */
  readonly envFile?: string;
}

/** Keys and hosts that the model providers know; nothing else of the environment reaches them. */
const llmEnvNames = [
  "OPENAI_API_KEY",
  "ANTHROPIC_API_KEY",
  "OLLAMA_HOST",
  "GOOGLE_API_KEY",
  "GEMINI_API_KEY",
  "OPENROUTER_API_KEY",
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
] as const;

/** What threads see of the environment. Invariant: nothing in it is a secret. */
const agentEnvNames = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "LC_ALL",
  "TZ",
  "NODE_COMPILE_CACHE",
] as const;

/** Where settings came from, so that they can be read again. Apart from them: keys are in it. */
const sourcesOf = new WeakMap<Settings, Required<SettingSources>>();

/**
 * Reads all settings once. Empty text in the environment or in `.env` counts as not set.
 * @throws {TroupeError} `SETTING_UNKNOWN` for a `TROUPE_` name that there is not, `SETTING_INVALID`
 * for a value that the setting cannot have or a `.env` that cannot be read.
 */
export function loadSettings(sources: SettingSources = {}): Settings {
  return readFrom({
    flags: sources.flags ?? {},
    env: { ...(sources.env ?? process.env) },
    envFile: resolve(sources.envFile ?? ".env"),
  });
}

/**
 * Reads `.env` again; flags and the real environment are those of the first reading and still beat
 * it. Throws as {@link loadSettings}; `previous` stays as it is.
 */
export function reloadSettings(previous: Settings): Settings {
  const sources = sourcesOf.get(previous);
  if (sources === undefined)
    throw new TroupeError("INTERNAL", "settings were not made by loadSettings");
  return readFrom(sources);
}

/** The environment of any thread but the main one: an allow-list without keys. */
export function agentEnvironment(): Environment {
  return pick(agentEnvNames, process.env);
}

/**
 * Sets what is missing in the environment of the process, for native code that reads it once, when
 * it is loaded: call it before. What somebody has set stays.
 */
export function provideEnvironment(defaults: Environment): void {
  for (const [name, value] of Object.entries(defaults)) process.env[name] ??= value;
}

/**
 * Exempts loopback from the proxies of the environment, for native code that reads them itself: what
 * is said to the offline model and to the relay of the models would go to the proxy.
 */
export function exemptLoopback(): void {
  const { env } = process;
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const given = env[name] ?? env["no_proxy"] ?? env["NO_PROXY"] ?? "";
    if (given.trim() !== "*" && !/(^|,)\s*127\.0\.0\.1\s*(,|$)/.test(given)) {
      env[name] = given === "" ? LOOPBACK : `${given},${LOOPBACK}`;
    }
  }
}

const LOOPBACK = "127.0.0.1,::1,localhost";

function readFrom(sources: Required<SettingSources>): Settings {
  const { flags, env, envFile } = sources;
  const fileEnv = readEnvFile(envFile);
  refuseUnknown(env, "the environment");
  refuseUnknown(fileEnv, envFile);
  const values = Object.entries(settingKinds).map(([key, kind]) => [
    key,
    readSetting(kind, [
      { place: flagOf(kind.name), text: flags[key as SettingKey] },
      { place: kind.name, text: env[kind.name] || undefined },
      { place: `${kind.name} in ${envFile}`, text: fileEnv[kind.name] || undefined },
    ]),
  ]);
  const llmEnv = { ...pick(llmEnvNames, fileEnv), ...pick(llmEnvNames, env) };
  const settings = { ...absolute(Object.fromEntries(values) as SettingValues), llmEnv };
  sourcesOf.set(settings, sources);
  return settings;
}

function readEnvFile(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new TroupeError("SETTING_INVALID", `${path} must be a file that can be read`, { cause });
  }
}

function refuseUnknown(env: Readonly<Record<string, string | undefined>>, place: string): void {
  const known = Object.values(settingKinds).map((kind) => kind.name);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("TROUPE_") || known.some((other) => other === name)) continue;
    const nearest = nearestTo(name, known);
    throw new TroupeError(
      "SETTING_UNKNOWN",
      `${name} in ${place} is not a setting; the nearest one is ${nearest}`,
      { details: { setting: name, nearest } },
    );
  }
}

interface Candidate {
  /** How a message names it. */
  readonly place: string;
  readonly text: string | undefined;
}

/** The first candidate that has a text, or else the default. */
function readSetting(kind: SettingKind, candidates: readonly Candidate[]): unknown {
  const given = candidates.find((candidate) => candidate.text !== undefined);
  if (given?.text === undefined) return kind.default;
  const value = parseText(kind, given.text);
  if (Check(kind.schema, value)) return value;
  const got = kind.isSecret ? `a text of ${given.text.length} characters` : excerpt(given.text);
  throw new TroupeError("SETTING_INVALID", `${given.place} must be ${kind.expected}, got ${got}`, {
    details: { setting: kind.name, expected: kind.expected, got },
  });
}

function parseText(kind: SettingKind, text: string): unknown {
  const { type } = kind.schema as { readonly type?: unknown };
  // Number() alone would also take "", "0x10" and "1e3".
  if (type === "integer") return /^\s*[+-]?\d{1,15}\s*$/.test(text) ? Number(text) : text;
  if (type === "array")
    return text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return text;
}

/** Folders are meant from where the program was started. */
function absolute(values: SettingValues): SettingValues {
  const { db, agents } = values;
  return {
    ...values,
    db: isRemote(db) ? db : toPath(db),
    agents: agents === null ? null : toPath(agents),
  };
}

/** True for a database that is not a folder of this machine. */
function isRemote(db: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(db) && !db.startsWith("file:");
}

function toPath(place: string): string {
  return place.startsWith("file:") ? fileURLToPath(place) : resolve(place);
}

function pick(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found = names.map((name) => [name, env[name]] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function nearestTo(name: string, known: readonly string[]): string {
  const [nearest] = known.toSorted((a, b) => distance(name, a) - distance(name, b));
  return nearest ?? "";
}

/** Levenshtein's edit distance. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, char] of [...from].entries()) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (char === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
