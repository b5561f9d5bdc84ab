/**
 * The settings: one registry of names, defaults, limits and meanings. config.ts reads the values;
 * docs/settings.md lists them.
 */

import Type, { type TSchema } from "typebox";
import { LEASES_EXPECTED } from "../leases/lease-url.ts";
import { parseShard, SHARD_EXPECTED } from "../model/shard.ts";
import { settingBounds } from "../model/type-setting-bounds.ts";

/** One setting. */
export interface SettingKind {
  /** Its name in the environment and in `.env`; the flag follows from it, see {@link flagOf}. */
  readonly name: string;
  /** Also decides whether the text is a whole number or a list. */
  readonly schema: TSchema;
  /** Completes "must be". */
  readonly expected: string;
  readonly default: string | number | null | readonly string[];
  /** The default as text, if it is not a value. */
  readonly defaultMeaning?: string;
  readonly meaning: string;
  /** `environment_reload` takes its new value; otherwise it needs a restart. */
  readonly isReloaded?: true;
  /** No message shows its value. */
  readonly isSecret?: true;
}

/** Text on one line in which nothing waits for a shell: `~/x` or `$HOME/x` would be the name of a folder. */
const PATH = "(?!~[\\w.+-]*(?:/|$))(?!.*\\$[({A-Z_])[^\\0\\r\\n]{1,4096}$";
const Path = Type.String({ pattern: `^${PATH}` });
/** A {@link Path}. A misspelt URI, such as `s3:/bucket`, would be the name of a folder. */
const Place = Type.String({ pattern: `^(?!(?:s3|gs|az)(?://|:(?!//[^\\s/]+(?:/|$))))${PATH}` });
const Word = Type.String({ pattern: "^[A-Za-z][A-Za-z0-9_-]{0,63}$" });
const VariableName = Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_]{0,255}$" });
/** Not `$TOKEN` itself, which anybody can guess. */
const Token = Type.String({ pattern: "^(?!\\$(?:[A-Z_]\\w*|[{(].*[)}])$)[!-~]{1,512}$" });
const HostName = Type.String({ pattern: "^[^\\s/@?#]{1,255}$" });

/** Each setting by its name in the program. */
export const settingKinds = {
  db: {
    name: "TROUPE_DB",
    schema: Place,
    expected: "a folder, or a URI such as s3://bucket/path",
    default: "./data/troupe",
    meaning: "LanceDB folder or URI (`s3://bucket/path`)",
  },
  host: {
    name: "TROUPE_HOST",
    schema: HostName,
    expected: "a host name or an address",
    default: "127.0.0.1",
    meaning: "address for REST and the dashboard",
  },
  port: {
    name: "TROUPE_PORT",
    ...integer(0, 65_535),
    default: 7_878,
    meaning: "port for REST and the dashboard; 0 = any free one, printed at start",
  },
  token: {
    name: "TROUPE_TOKEN",
    schema: Token,
    expected: "1 to 512 visible ASCII characters without a space",
    default: null,
    defaultMeaning: "made at first start, kept in `TROUPE_LOCAL` (`<db>/token`), mode 0600",
    meaning: "bearer token for everything but `/healthz` and `/readyz`",
    isSecret: true,
  },
  local: {
    name: "TROUPE_LOCAL",
    schema: Path,
    expected: "a folder",
    default: null,
    defaultMeaning: "`<db>`, or `./data/<name of the database>` for a remote one",
    meaning: "folder for files that must be on this machine: lock, token, journal",
  },
  ack: {
    name: "TROUPE_ACK",
    schema: Type.Enum(["journal", "table"]),
    expected: "journal or table",
    default: "journal",
    meaning:
      "where an action must be stored before it is answered: in the journal on this machine's disk, or in the table `queue`, for a remote database whose machine may be lost",
  },
  allowedHosts: {
    name: "TROUPE_ALLOWED_HOSTS",
    schema: Type.Array(HostName, { maxItems: 100 }),
    expected: "at most 100 host names, separated by commas",
    default: [],
    defaultMeaning: "none",
    meaning: "further `Host`/`Origin` names in addition to loopback, separated by commas",
  },
  agents: {
    name: "TROUPE_AGENTS",
    schema: Path,
    expected: "a folder or a module",
    default: null,
    defaultMeaning: "`./agents` if there is such a folder",
    meaning: "folder or module of user agents (`.ts`, `.mts`, `.cts`, `.js`, `.mjs`, `.cjs`)",
    isReloaded: true,
  },
  agentEnv: {
    name: "TROUPE_AGENT_ENV",
    schema: Type.Array(VariableName, { maxItems: 100 }),
    expected: "at most 100 names of environment variables, separated by commas",
    default: [],
    defaultMeaning: "none",
    meaning:
      "environment variables that agents' threads may see, separated by commas, from the environment or from `.env`; a provider's key, `NODE_OPTIONS` and names of Troupe's own are refused",
    isReloaded: true,
  },
  agentAddons: {
    name: "TROUPE_AGENT_ADDONS",
    schema: Type.Enum(["refuse", "allow"]),
    expected: "refuse or allow",
    default: "refuse",
    meaning:
      "`allow` lets agents load native code (add-ons, SQLite's extensions, `node:ffi`), which can end the whole process when its agent ends",
    isReloaded: true,
  },
  baml: {
    name: "TROUPE_BAML",
    schema: Path,
    expected: "a folder",
    default: null,
    defaultMeaning: "`./baml_src` if it exists",
    meaning: "folder of your own BAML functions",
    isReloaded: true,
  },
  llm: {
    name: "TROUPE_LLM",
    schema: Word,
    expected: "a provider's name, one word",
    default: "auto",
    meaning:
      "provider of the models: `openai`, `anthropic`, `ollama`, `offline` …; `auto`: the first whose key or host is set, else `offline`",
    isReloaded: true,
  },
  llmBaseUrl: {
    name: "TROUPE_LLM_BASE_URL",
    schema: Type.String({ pattern: "^https?://[^\\s]{1,2000}$" }),
    expected: "an http or https URL",
    default: null,
    defaultMeaning: "by provider",
    meaning: "any OpenAI-compatible endpoint",
    isReloaded: true,
  },
  llmModel: {
    name: "TROUPE_LLM_MODEL",
    schema: Type.String({ pattern: "^\\S{1,200}$" }),
    expected: "a model's name without a space",
    default: null,
    defaultMeaning: "by provider",
    meaning: "name of the model",
    isReloaded: true,
  },
  models: {
    name: "TROUPE_MODELS",
    schema: Path,
    expected: "a file",
    default: null,
    defaultMeaning: "`./models.json` if it exists",
    meaning: "named models: providers, keys, order of fallback, rates, prices",
    isReloaded: true,
  },
  llmConcurrency: {
    name: "TROUPE_LLM_CONCURRENCY",
    ...integer(1, 10_000),
    default: 64,
    meaning: "model calls in flight at the same time, for all agents and models together",
    isReloaded: true,
  },
  destroyTimeoutMs: {
    name: "TROUPE_DESTROY_TIMEOUT_MS",
    ...integer(...settingBounds.destroy_timeout_ms),
    default: 5_000,
    meaning: "grace between the stop flag and the hard termination",
    isReloaded: true,
  },
  agentMemoryMb: {
    name: "TROUPE_AGENT_MEMORY_MB",
    ...integer(...settingBounds.memory_mb),
    default: 256,
    meaning: "budget of one agent's heap and buffers together",
    isReloaded: true,
  },
  keepPrompts: {
    name: "TROUPE_KEEP_PROMPTS",
    schema: Type.Enum(["off", "on"]),
    expected: "off or on",
    default: "off",
    meaning:
      "`on` stores the arguments of model calls in `agent_effects`; their answers are stored in any case",
    isReloaded: true,
  },
  idleMs: {
    name: "TROUPE_IDLE_MS",
    ...integer(0, 86_400_000),
    default: 60_000,
    meaning:
      "an agent that has had nothing to do for this long, and whose next step is not due within the same time, gives its thread back; 0 = never",
    isReloaded: true,
  },
  hotMax: {
    name: "TROUPE_HOT_MAX",
    ...integer(1, 1_000_000),
    default: null,
    defaultMeaning: "as many as the machine has room for",
    meaning: "agents with a thread at the same time; further ones wait for their turn",
    isReloaded: true,
  },
  shard: {
    name: "TROUPE_SHARD",
    schema: Type.Refine(Path, (text) => parseShard(text) !== undefined),
    expected: SHARD_EXPECTED,
    default: null,
    defaultMeaning: "none",
    meaning:
      "`i/S`: this process runs shard `i` of a fleet of `S` databases, in the folder `i` (four digits) of `TROUPE_DB`, and of `TROUPE_LOCAL`",
  },
  leases: {
    name: "TROUPE_LEASES",
    schema: Path,
    expected: LEASES_EXPECTED,
    default: null,
    defaultMeaning: "none",
    meaning:
      "`etcd://host:port/prefix` or `kubernetes://namespace/name`: who may run which shard. A process waits for the lease of its `TROUPE_SHARD`, or of any shard of `fleet.json`, and takes it over",
    // It might have a password, which is refused.
    isSecret: true,
  },
  fleet: {
    name: "TROUPE_FLEET",
    schema: Path,
    expected: "a file",
    default: null,
    defaultMeaning: "`fleet.json` in the folder `TROUPE_DB`, if it exists",
    meaning: "`fleet.json`: how many shards the fleet has, and the addresses of their servers",
  },
  pollMs: {
    name: "TROUPE_POLL_MS",
    ...integer(10, 3_600_000),
    default: null,
    defaultMeaning: "1000; on an object store up to 30000 while no other process writes",
    meaning:
      "interval of the safety poll; writes are noticed long before it, those of other processes to an object store only by it or by `POST /api/queue/ring`",
  },
  attemptsMax: {
    name: "TROUPE_ATTEMPTS_MAX",
    ...integer(1, 1_000),
    default: 5,
    meaning: "attempts before an action is buried",
  },
  retentionHours: {
    name: "TROUPE_RETENTION_HOURS",
    ...integer(1, 876_000),
    default: 168,
    meaning: "how long processed actions and steps are kept",
  },
  log: {
    name: "TROUPE_LOG",
    schema: Type.Enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]),
    expected: "trace, debug, info, warn, error, fatal or silent",
    default: "info",
    meaning: "pino level",
    isReloaded: true,
  },
  logFormat: {
    name: "TROUPE_LOG_FORMAT",
    schema: Type.Enum(["text", "json", "auto"]),
    expected: "text, json or auto",
    default: "auto",
    meaning: "form of the log on stdout, `json` with one object a line; auto: text on a terminal",
  },
} as const satisfies Record<string, SettingKind>;

export type SettingKey = keyof typeof settingKinds;

/** The value of every setting. */
export type SettingValues = {
  readonly [K in SettingKey]: ValueOf<(typeof settingKinds)[K]>;
};

type ValueOf<S extends SettingKind> =
  | (Type.Static<S["schema"]> extends infer V extends unknown[]
      ? Readonly<V>
      : Type.Static<S["schema"]>)
  | (S["default"] extends null ? null : never);

/** The flag of `troupe start` for a setting's name: `TROUPE_LLM_MODEL` is `--llm-model`. */
export function flagOf(name: string): string {
  return `--${name.slice("TROUPE_".length).toLowerCase().replaceAll("_", "-")}`;
}

function integer(minimum: number, maximum: number) {
  const expected = `a whole number from ${minimum} to ${maximum}`;
  return { schema: Type.Integer({ minimum, maximum }), expected };
}
