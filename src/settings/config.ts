/**
 * Reads the settings: a flag beats the environment, which beats `.env`, which beats the default.
 * Invariant: no other setting is read from `process.env`.
 */

import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ReadOptions } from "../files/bounded-file.ts";
import { parseLeaseUrl } from "../leases/lease-url.ts";
import { keysOf, type ModelFile, readModelFile, readModelFileAside } from "../llm/model-file.ts";
import { readPrices } from "../llm/prices.ts";
import { keyVariables, llmVariables } from "../llm/providers.ts";
import { TroupeError } from "../model/errors.ts";
import { type Shard, shardText } from "../model/shard.ts";
import type { Prices } from "../model/usage.ts";
import { findSecrets, hiddenSecrets } from "../secrets.ts";
import { workingFolder } from "../system-check.ts";
import { refuseNames, unsetVariables } from "./agent-variables.ts";
import { type Dotenv, readDotenv, readDotenvAside } from "./dotenv.ts";
import { absolute } from "./setting-places.ts";
import { SettingReport } from "./setting-report.ts";
import { readSetting } from "./setting-value.ts";
import {
  flagOf,
  type SettingKey,
  type SettingKind,
  type SettingValues,
  settingKinds,
} from "./settings.ts";
import { placeShard, type ShardPlaces } from "./shard-places.ts";

/** All settings, checked. Folders are absolute; `db` and `local` are those of the shard, if there is one. */
export interface Settings extends Omit<SettingValues, keyof ShardPlaces>, ShardPlaces {
  /** The content of the file `models`; null if there is none. */
  readonly modelFile: ModelFile | null;
  /** What its models cost. */
  readonly prices: Prices;
  /** Keys and hosts of the model providers, by the names of their environment variables. */
  readonly llmEnv: Environment;
  /** Keys, regions and URLs of object stores, by the names of their environment variables. */
  readonly storageEnv: Environment;
  /** OpenTelemetry's variables, `OTEL_…`, for traces. */
  readonly traceEnv: Environment;
  /** The variables of `agentEnv` that are set. */
  readonly agentVariables: Environment;
  /** The folder of `.env`: the working directory. */
  readonly projectFolder: string;
  /** Sentences for the log about ignored names and values. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string>>;

/** The sources of settings. */
export interface SettingSources {
  /** Text of the flags given, by the setting's name in the program. */
  readonly flags?: { readonly [K in SettingKey]?: string | undefined };
  /** The real environment; by default that of the process, read now. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By default `.env` in the working directory. It need not exist. */
  readonly envFile?: string;
  /**
   * True for commands that need only the database or the server: a problem of another setting becomes a
   * warning, and its default counts.
   */
  readonly isLenient?: boolean;
  /**
   * Called if `.env` is a pipe that stays silent for a while, with the milliseconds after which the wait ends.
   * This thread does nothing else meanwhile.
   */
  readonly onWait?: (envFile: string, msMax: number) => void;
}

/** Names that LanceDB's object stores know. */
const STORAGE_NAME = /^(?:AWS|GOOGLE|AZURE)_/;
/** Names that OpenTelemetry knows. */
const TRACE_NAME = /^OTEL_/;

/** Settings without which a lenient reading could mean another database or server. */
const NEEDED_KEYS: ReadonlySet<string> = new Set<SettingKey>([
  "db",
  "local",
  "token",
  "shard",
  "fleet",
]);

/** The environment of agents' threads. Invariant: nothing in it is a secret. */
const agentEnvNames = [
  "PATH",
  "HOME",
  "TMPDIR",
  "LANG",
  "LC_ALL",
  "TZ",
  "NODE_COMPILE_CACHE",
] as const;

/** The sources of settings, for a reload. Kept outside of them, because the sources contain keys. */
const sourcesOf = new WeakMap<Settings, Required<SettingSources>>();

/** Everything that was given at a reading, for names that are known only later. */
const environmentOf = new WeakMap<Settings, Environment>();

/**
 * Reads all settings once. Empty text in the environment or in `.env` counts as not set.
 * @throws {TroupeError} `SETTING_UNKNOWN` for an unknown `TROUPE_` name, `SETTING_INVALID` for an invalid
 * value or an unreadable `.env`, `MODELS_INVALID` or `FLEET_INVALID` for a file with an error.
 */
export function loadSettings(sources: SettingSources = {}): Settings {
  return readFrom({
    flags: sources.flags ?? {},
    env: { ...(sources.env ?? { ...process.env, ...hiddenSecrets() }) },
    envFile: resolve(workingFolder(), sources.envFile ?? ".env"),
    isLenient: sources.isLenient ?? false,
    onWait: sources.onWait ?? (() => undefined),
  });
}

/**
 * Reads `.env` again, while this thread does other work; the flags and the environment of the first reading
 * still beat it. Rejects as {@link loadSettings} throws; `previous` does not change.
 */
export async function reloadSettings(previous: Settings): Promise<Settings> {
  const sources = findSources(previous);
  const draft = makeDraft(sources, await readDotenvAside(sources.envFile));
  const { models } = draft.own;
  return complete(draft, models === null ? () => null : await readModelFileAside(models));
}

/**
 * The settings of one shard of the fleet, as if it had been named with `--shard`.
 * @throws {TroupeError} `SETTING_INVALID` if the fleet has another number of shards.
 */
export function settingsOfShard(settings: Settings, shard: Shard): Settings {
  const sources = findSources(settings);
  return readFrom({ ...sources, flags: { ...sources.flags, shard: shardText(shard) } });
}

function findSources(settings: Settings): Required<SettingSources> {
  const sources = sourcesOf.get(settings);
  if (sources !== undefined) return sources;
  throw new TroupeError("INTERNAL", "settings were not made by loadSettings");
}

/** Names, without values, of settings that differ between two readings and need a restart. */
export function needsRestart(running: Settings, current: Settings): readonly string[] {
  const kinds = Object.entries<SettingKind>(settingKinds);
  const changed = kinds.filter(([key, { isReloaded }]) => {
    const name = key as SettingKey;
    return isReloaded !== true && !isDeepStrictEqual(running[name], current[name]);
  });
  const others = (["storageEnv", "traceEnv"] as const).flatMap((key) => {
    const names = Object.keys({ ...running[key], ...current[key] });
    return names.filter((name) => running[key][name] !== current[key][name]);
  });
  return [...changed.map(([, { name }]) => name), ...others];
}

/** Further variables as the settings were read, `.env` included; never a setting of Troupe. */
export function readVariables(settings: Settings, names: readonly string[]): Environment {
  const readable = names.filter((name) => !name.startsWith("TROUPE_"));
  return pick(readable, environmentOf.get(settings) ?? {});
}

/** The environment of all threads but the main one: an allow-list without keys. */
export function agentEnvironment(): Environment {
  return pick(agentEnvNames, process.env);
}

/** What agents' threads may see and load. */
export function agentRights({ agentVariables, agentAddons }: AgentSettings): AgentRights {
  const env = { ...agentVariables, ...agentEnvironment() };
  return { env, mayLoadAddons: agentAddons === "allow" };
}

type AgentSettings = Pick<Settings, "agentVariables" | "agentAddons">;

export interface AgentRights {
  readonly env: Environment;
  readonly mayLoadAddons: boolean;
}

/** The part that may be in the real environment, which any thread can see; the rest is passed on. */
export function plainStorageEnvironment({ storageEnv }: Pick<Settings, "storageEnv">): Environment {
  const secret = findSecrets(storageEnv);
  return Object.fromEntries(Object.entries(storageEnv).filter(([name]) => !(name in secret)));
}

/** For a password manager that writes `.env` once somebody allows it. A reload must not wait for that. */
const PATIENT: ReadOptions = { pipeMsMax: 60_000, endsBySignal: true };

function readFrom(sources: Required<SettingSources>): Settings {
  const { envFile, onWait } = sources;
  const patient: ReadOptions = { ...PATIENT, onWait: (msMax) => onWait(envFile, msMax) };
  const draft = makeDraft(sources, () => readDotenv(envFile, patient));
  const { models } = draft.own;
  return complete(draft, () => (models === null ? null : readModelFile(models)));
}

/** Settings whose file of models is not read yet. */
interface Draft {
  readonly sources: Required<SettingSources>;
  readonly report: SettingReport;
  readonly own: SettingValues;
  /** Everything that was given. */
  readonly all: Environment;
}

function makeDraft(sources: Required<SettingSources>, readFile: () => Dotenv): Draft {
  const { flags, env, envFile } = sources;
  const report = new SettingReport(sources.isLenient);
  const file = report.attempt(isNamed(sources), readFile);
  const fileEnv = file?.values ?? {};
  const ownEnv = report.withoutPlatform(env);
  report.checkNames(ownEnv, "the environment");
  if (file !== undefined) {
    report.checkFileNames(file, envFile);
    const isSet = (name: string) => Boolean(fileEnv[name] || ownEnv[name]);
    report.checkLines(file.idleLines, envFile, isSet);
  }
  const values = Object.entries<SettingKind>(settingKinds).map(([key, kind]) => {
    const read = () =>
      readSetting(kind, [
        { place: flagOf(kind.name), text: flags[key as SettingKey] },
        { place: kind.name, text: ownEnv[kind.name] || undefined },
        { place: `${kind.name} in ${envFile}`, text: fileEnv[kind.name] || undefined },
      ]);
    return [key, report.attempt(!NEEDED_KEYS.has(key), read) ?? kind.default];
  });
  const all = withoutEmpty({ ...fileEnv, ...withoutEmpty(env) });
  const own = absolute(Object.fromEntries(values) as SettingValues, dirname(envFile));
  return { sources, report, own, all };
}

function complete(
  { sources, report, own, all }: Draft,
  readModels: () => ModelFile | null,
): Settings {
  const modelFile = report.attempt(true, readModels) ?? null;
  report.attempt(true, () => own.leases === null || parseLeaseUrl(own.leases));
  report.attempt(true, () => refuseNames(own.agentEnv, [...keyVariables, ...keysOf(modelFile)]));
  const ofModels = [...llmVariables, ...keysOf(modelFile)];
  const isStorage = (name: string) => STORAGE_NAME.test(name) && !ofModels.includes(name);
  const settings = {
    ...own,
    ...placeShard(own),
    modelFile,
    prices: readPrices(modelFile),
    projectFolder: dirname(sources.envFile),
    llmEnv: pick(ofModels, all),
    storageEnv: pick(Object.keys(all).filter(isStorage), all),
    traceEnv: pick(
      Object.keys(all).filter((name) => TRACE_NAME.test(name)),
      all,
    ),
    agentVariables: pick(own.agentEnv, all),
    warnings: [...report.warnings, ...unsetVariables(own.agentEnv, all)],
  };
  sourcesOf.set(settings, sources);
  environmentOf.set(settings, all);
  return settings;
}

/** True if `.env` cannot change which database is meant. */
function isNamed({ flags, env }: Required<SettingSources>): boolean {
  return Boolean(flags.db ?? env[settingKinds.db.name]);
}

function withoutEmpty(env: Readonly<Record<string, string | undefined>>): Environment {
  const isSet = (entry: [string, string | undefined]): entry is [string, string] =>
    Boolean(entry[1]);
  return Object.fromEntries(Object.entries(env).filter(isSet));
}

function pick(
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const found = names.map((name) => [name, env[name]] as const);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => Boolean(entry[1])));
}
