/**
 * The client of the model: from the settings and the list of providers to BAML's source, as data. Pure.
 * Invariant: keys and other settings reach BAML in the environment of a call, never in a client's source.
 */

import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { ModelFile } from "./model-file.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import {
  type Environment,
  isSet,
  type Provider,
  type ProviderName,
  providerNames,
  providers,
  proxyVariables,
} from "./providers.ts";

/** The settings of the models. */
export interface LlmSettings {
  /** `auto` or the name of a provider. */
  readonly provider: string;
  /** In place of the provider's own address. */
  readonly baseUrl?: string | null | undefined;
  /** In place of the provider's default model. */
  readonly model?: string | null | undefined;
  /** Calls of one model in flight at the same time, for all agents together, 1 to {@link LLM_CONCURRENCY_MAX}. */
  readonly concurrency: number;
  readonly env: Environment;
  /** Models by name; without a file there is only `default`. */
  readonly models?: ModelFile | null | undefined;
  /** Replace some of {@link timeoutsDefault}. */
  readonly timeouts?: Partial<LlmTimeouts>;
}

/** Highest possible concurrency. */
export const LLM_CONCURRENCY_MAX = 10_000;

/** All in milliseconds. BAML's own defaults are infinite. */
export interface LlmTimeouts {
  readonly connectMs: number;
  /** Until the whole answer has arrived. */
  readonly requestMs: number;
  /** Until the first piece of a streamed answer. */
  readonly firstTokenMs: number;
  /** Between two pieces of a streamed answer. */
  readonly idleMs: number;
}

const timeoutsDefault: LlmTimeouts = {
  connectMs: 10_000,
  requestMs: 120_000,
  firstTokenMs: 60_000,
  idleMs: 30_000,
};

/** The BAML client that answers. */
export interface ModelClient {
  readonly provider: ProviderName;
  readonly model: string;
  /** The host that is called, for messages; null for the offline model. */
  readonly host: string | null;
  /** The name of its client in `source`. */
  readonly clientName: string;
  /** BAML source that defines the client; the same for all models of one reading of the settings. */
  readonly source: string;
  /** The variables that `source` reads from the environment of a call. Holds the key. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds to connect to the provider. */
  readonly connectMs: number;
  /** The environment's proxy variables. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

const CLIENT_NAME = "Chosen";
/** Names of the variables that `source` reads. */
export const clientVariables = {
  baseUrl: "MODEL_BASE_URL",
  model: "MODEL_NAME",
  key: "MODEL_API_KEY",
} as const;

/**
 * The client for `settings`.
 * @throws {TroupeError} `SETTING_INVALID` for an unknown provider, a missing key, a missing or
 * unusable base URL, or a concurrency out of range.
 */
export function resolveClient(settings: LlmSettings): ModelClient {
  checkConcurrency(settings.concurrency);
  const name = providerOf(settings);
  const provider: Provider = providers[name];
  const model = settings.model || provider.model;
  if (name === "offline") return makeClient({ name, model: OFFLINE_MODEL, settings });
  if (model === "") throw invalid("TROUPE_LLM_MODEL", `must be set: TROUPE_LLM is ${name}`);
  const key = keyFor(name, provider, settings.env);
  const given = settings.baseUrl || provider.baseUrl(settings.env, model);
  return makeClient({ name, model, key, url: parseUrl(name, given), settings });
}

/** What a client is made of. */
interface ClientParts {
  readonly name: ProviderName;
  readonly model: string;
  readonly key?: string | undefined;
  /** Left out for the offline model. */
  readonly url?: URL;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly settings: Pick<LlmSettings, "env" | "timeouts">;
}

/** The client alone in its source. */
export function makeClient({ name, model, key, url, options, settings }: ClientParts): ModelClient {
  const provider: Provider = providers[name];
  const timeouts = { ...timeoutsDefault, ...settings.timeouts };
  const hasKey = key !== undefined || url === undefined;
  const all = { ...provider.options, ...options };
  return {
    provider: name,
    model,
    host: url?.host ?? null,
    clientName: CLIENT_NAME,
    source: clientSource({ baml: provider.baml, hasKey, timeouts, options: all }),
    env: {
      ...defined({ [clientVariables.baseUrl]: url?.href.replace(/\/+$/, "") }),
      [clientVariables.model]: model,
      ...defined({ [clientVariables.key]: key }),
    },
    connectMs: timeouts.connectMs,
    proxyEnv: url === undefined ? {} : proxyEnvironment(settings.env),
  };
}

/** The same clients in one source, so that BAML compiles its functions once for all of them. */
export function joinSources(clients: readonly ModelClient[]): readonly ModelClient[] {
  const kinds = [...new Set(clients.map(({ source }) => source))];
  const nameOf = (kind: string) => CLIENT_NAME + (kinds.indexOf(kind) || "");
  const source = kinds
    .map((kind) => kind.replace(`client<llm> ${CLIENT_NAME} `, `client<llm> ${nameOf(kind)} `))
    .join("\n");
  return clients.map((client) => ({ ...client, clientName: nameOf(client.source), source }));
}

function proxyEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    proxyVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/** The model as text, for messages and for the lines at start. Never holds a key. */
export function describeClient({ provider, model, host }: ModelClient): string {
  if (provider === "offline") return "offline model";
  const isElsewhere = !defaultHosts.has(host ?? "");
  return `${provider} ${model}${isElsewhere ? ` at ${host}` : ""}`;
}

const defaultHosts: ReadonlySet<string> = new Set(
  Object.values<Provider>(providers).map(({ baseUrl }) => URL.parse(baseUrl({}) ?? "")?.host ?? ""),
);

/**
 * With `auto`, a base URL means an OpenAI-compatible server: no key of another provider may be sent to
 * it.
 */
function providerOf({ provider, baseUrl, model, env }: LlmSettings): ProviderName {
  if (Object.hasOwn(providers, provider)) return provider as ProviderName;
  if (provider !== "auto") {
    const known = providerNames.join(", ");
    throw invalid("TROUPE_LLM", `must be one of auto, ${known}, got ${excerpt(provider)}`);
  }
  if (baseUrl) return "openai-generic";
  return providerNames.find((name) => isSet(name, env, Boolean(model))) ?? "offline";
}

function keyFor(
  name: ProviderName,
  { keys, isKeyOptional }: Provider,
  env: Environment,
): string | undefined {
  const key = keys.map((one) => env[one]).find(Boolean);
  if (key !== undefined || keys.length === 0 || isKeyOptional === true) return key;
  throw invalid("TROUPE_LLM", `is ${name}, which needs ${keys.join(" or ")} to be set`);
}

function parseUrl(name: ProviderName, text: string | undefined): URL {
  if (text === undefined) {
    throw invalid("TROUPE_LLM_BASE_URL", `must be set: TROUPE_LLM is ${name}`);
  }
  const url = parseBaseUrl(text);
  if (typeof url === "string") throw invalid("TROUPE_LLM_BASE_URL", url);
  return url;
}

/** The URL, or why it cannot be used. */
export function parseBaseUrl(text: string): URL | string {
  const url = URL.parse(text);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username === "";
  if (isUsable && url.search === "" && url.hash === "") return url;
  return `must be an http or https URL without name, password, query or fragment, got ${excerpt(withoutUser(text))}`;
}

/** A password in a URL must not appear in a message. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//…@").replace(/\?.*/s, "?…");
}

interface ClientKind {
  readonly baml: string;
  readonly hasKey: boolean;
  readonly timeouts: LlmTimeouts;
  readonly options: Readonly<Record<string, unknown>>;
}

/**
 * A client in BAML source, not in a registry: BAML keeps connections open from call to call only
 * for those. An answer that the provider marks as cut or withheld is refused.
 */
function clientSource({ baml, hasKey, timeouts, options }: ClientKind): string {
  const { baseUrl, model, key } = clientVariables;
  return `client<llm> ${CLIENT_NAME} {
  provider "${baml}"
  options {
    base_url env.${baseUrl}
    model env.${model}
    ${hasKey ? `api_key env.${key}` : ""}
    ${Object.entries(options)
      .map(([name, value]) => `${name} ${bamlLiteral(value)}`)
      .join("\n    ")}
    finish_reason_deny_list ["length", "max_tokens", "MAX_TOKENS", "content_filter", "refusal", "SAFETY"]
    http {
      connect_timeout_ms ${Math.round(timeouts.connectMs)}
      request_timeout_ms ${Math.round(timeouts.requestMs)}
      time_to_first_token_timeout_ms ${Math.round(timeouts.firstTokenMs)}
      idle_timeout_ms ${Math.round(timeouts.idleMs)}
      enable_connection_pooling true
    }
  }
}
`;
}

/** JSON data as BAML writes it: it knows no exponents, and separates the entries of an object by lines. */
function bamlLiteral(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(bamlLiteral).join(", ")}]`;
  if (typeof value === "number") return decimals.format(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([name, item]) => `${JSON.stringify(name)} ${bamlLiteral(item)}`,
  );
  return `{\n${entries.join("\n")}\n}`;
}

const decimals = new Intl.NumberFormat("en-US", {
  useGrouping: false,
  maximumFractionDigits: 20,
});

function checkConcurrency(concurrency: number): void {
  if (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= LLM_CONCURRENCY_MAX)
    return;
  throw invalid(
    "TROUPE_LLM_CONCURRENCY",
    `must be a whole number from 1 to ${LLM_CONCURRENCY_MAX}, got ${excerpt(concurrency)}`,
  );
}

function invalid(setting: string, problem: string): TroupeError {
  return new TroupeError("SETTING_INVALID", `${setting} ${problem}`, { details: { setting } });
}
