/**
 * The client of a model: from the settings and the list of providers to BAML's source, as data. Pure.
 * Invariant: keys and other settings reach BAML in the environment of a call, never in a client's source.
 */

import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { NamedModel } from "../model/named-model.ts";
import {
  CLIENT_NAME,
  clientSource,
  clientVariables,
  type LlmTimeouts,
  timeoutsDefault,
} from "./client-source.ts";
import type { ModelFile } from "./model-file.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import {
  type Environment,
  isSet,
  type Provider,
  type ProviderName,
  providerNames,
  providers,
} from "./providers.ts";
import { findProxyFault, proxiesIn } from "./proxies.ts";
import { readFirstKey } from "./read-key.ts";

export interface LlmSettings {
  /** `auto` or the name of a provider. */
  readonly provider: string;
  /** In place of the provider's own address. */
  readonly baseUrl?: string | null | undefined;
  /** In place of the provider's default model. */
  readonly model?: string | null | undefined;
  /** Calls in flight at the same time, for all agents and models together, 1 to {@link LLM_CONCURRENCY_MAX}. */
  readonly concurrency: number;
  readonly env: Environment;
  /** Models by name; without a file there is only `default`. */
  readonly models?: ModelFile | null | undefined;
  /** Replace some of {@link timeoutsDefault}. */
  readonly timeouts?: Partial<LlmTimeouts>;
}

/** Highest possible concurrency. */
export const LLM_CONCURRENCY_MAX = 10_000;

/** The BAML client that answers: one of the fleet's, or one of own BAML files. */
export interface ModelClient {
  /** Of `providers.ts`, or of BAML. */
  readonly provider: string;
  /** Null if the client of an own file names none. */
  readonly model: string | null;
  /** The host that is called, for messages; null for the offline model. */
  readonly host: string | null;
  /** The name of its client in `source`, or in the own files. */
  readonly clientName: string;
  /** BAML source of the fleet's clients; the same for all models of one reading of the settings. */
  readonly source: string;
  /** The variables that the client reads from the environment of a call. Holds the key. */
  readonly env: Readonly<Record<string, string>>;
  /** The one of them that holds its address. */
  readonly urlVariable: string;
  /** Null if it has none, or one that is written in an own file's headers. */
  readonly key: string | null;
  /** Milliseconds to connect to the provider. */
  readonly connectMs: number;
  /** The environment's proxy variables. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** One model that can be called. */
export interface Model {
  /** In models.json; of an own BAML file's client its name there. */
  readonly name: string;
  readonly client: ModelClient;
  /** Requests and tokens that its provider grants a minute; undefined if nobody has set them. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly price: NamedModel["price"];
  /** Names of the models to try if this one is limited or fails, in this order. */
  readonly fallback: readonly string[];
}

/**
 * The client for `settings`.
 * @throws {TroupeError} `SETTING_INVALID` for an unknown provider, a missing or unusable key, a missing or
 * unusable base URL, a proxy that cannot be used, or a concurrency out of range.
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
    urlVariable: clientVariables.baseUrl,
    key: key ?? null,
    connectMs: timeouts.connectMs,
    proxyEnv: url === undefined ? {} : usableProxies(url, settings.env),
  };
}

function usableProxies(url: URL, env: Environment): Readonly<Record<string, string>> {
  const proxies = proxiesIn(env);
  const fault = findProxyFault(url, proxies);
  if (fault === undefined) return proxies;
  const [setting = ""] = fault.split(" ");
  throw new TroupeError("SETTING_INVALID", fault, { details: { setting } });
}

/** The model as text, for messages and for the lines at start. Never holds a key. */
export function describeClient({ provider, model, host }: ModelClient): string {
  if (provider === "offline") return "offline model";
  const isElsewhere = !defaultHosts.has(host ?? "");
  return `${provider}${model === null ? "" : ` ${model}`}${isElsewhere ? ` at ${host}` : ""}`;
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
  const key = readFirstKey(env, keys);
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
