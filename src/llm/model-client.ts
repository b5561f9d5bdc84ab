/**
 * The client of the model: from the settings and the list of providers to BAML's source, as data. Pure.
 * Invariant: keys and other settings reach BAML in the environment of a call, never in a client's source.
 */

import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import {
  type Environment,
  type Provider,
  type ProviderName,
  providerNames,
  providers,
  proxyVariables,
  variablesOf,
} from "./providers.ts";

/** The settings of the models. */
export interface LlmSettings {
  /** `auto` or the name of a provider. */
  readonly provider: string;
  /** In place of the provider's own address. */
  readonly baseUrl?: string | null | undefined;
  /** In place of the provider's default model. */
  readonly model?: string | null | undefined;
  /** Calls in flight at the same time, for all agents together, 1 to {@link LLM_CONCURRENCY_MAX}. */
  readonly concurrency: number;
  readonly env: Environment;
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
  /** BAML source that defines the client {@link CLIENT_NAME}; the same for equal kinds of client. */
  readonly source: string;
  /** The variables that `source` reads from the environment of a call. Holds the key. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds to connect to the provider. */
  readonly connectMs: number;
  /** The environment's proxy variables. */
  readonly proxyEnv: Readonly<Record<string, string>>;
}

/** The client that the settings choose, for all functions that name it. */
export const CLIENT_NAME = "Default";
/** Finish reasons after which BAML refuses an answer. */
export const DENIED_FINISH_REASONS: readonly string[] = [
  ...["length", "max_tokens", "MAX_TOKENS", "content_filter", "refusal", "SAFETY"],
];
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
  const timeouts = { ...timeoutsDefault, ...settings.timeouts };
  if (name === "offline") {
    return {
      provider: name,
      model: OFFLINE_MODEL,
      host: null,
      source: clientSource(provider.baml, true, timeouts),
      env: { [clientVariables.model]: OFFLINE_MODEL },
      connectMs: timeouts.connectMs,
      proxyEnv: {},
    };
  }
  const key = keyFor(name, provider, settings.env);
  const url = parseUrl(name, settings.baseUrl || provider.baseUrl(settings.env));
  return {
    provider: name,
    model,
    host: url.host,
    source: clientSource(provider.baml, key !== undefined, timeouts),
    env: {
      [clientVariables.baseUrl]: url.href.replace(/\/+$/, ""),
      [clientVariables.model]: model,
      ...defined({ [clientVariables.key]: key }),
    },
    connectMs: timeouts.connectMs,
    proxyEnv: proxyEnvironment(settings.env),
  };
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
  Object.values(providers).map(({ baseUrl }) => URL.parse(baseUrl({}) ?? "")?.host ?? ""),
);

/**
 * With `auto`, a base URL means an OpenAI-compatible server: no key of another provider may be sent to
 * it.
 */
function providerOf({ provider, baseUrl, env }: LlmSettings): ProviderName {
  if (Object.hasOwn(providers, provider)) return provider as ProviderName;
  if (provider !== "auto") {
    const known = providerNames.join(", ");
    throw invalid("TROUPE_LLM", `must be one of auto, ${known}, got ${excerpt(provider)}`);
  }
  if (baseUrl) return "openai-generic";
  return providerNames.find((name) => variablesOf(name).some((one) => env[one])) ?? "offline";
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
  const url = URL.parse(text);
  const isUsable = url !== null && /^https?:$/.test(url.protocol) && url.username === "";
  if (isUsable && url.search === "" && url.hash === "") return url;
  throw invalid(
    "TROUPE_LLM_BASE_URL",
    `must be an http or https URL without name, password, query or fragment, got ${excerpt(withoutUser(text))}`,
  );
}

/** A password in a URL must not appear in a message. */
function withoutUser(text: string): string {
  return text.replace(/\/\/[^/]*@/, "//…@").replace(/\?.*/s, "?…");
}

/**
 * A client in BAML source, not in a registry: BAML keeps connections open from call to call only
 * for those. An answer that the provider marks as cut or withheld is refused.
 */
function clientSource(baml: string, hasKey: boolean, timeouts: LlmTimeouts): string {
  const { baseUrl, model, key } = clientVariables;
  return `client<llm> ${CLIENT_NAME} {
  provider "${baml}"
  options {
    base_url env.${baseUrl}
    model env.${model}
    ${hasKey ? `api_key env.${key}` : ""}
    finish_reason_deny_list ${JSON.stringify(DENIED_FINISH_REASONS)}
    http {
      ${httpOptions(timeouts)
        .map((option) => option.join(" "))
        .join("\n      ")}
    }
  }
}
`;
}

/** A client's options under `http`, as names and values. */
export function httpOptions(
  timeouts: LlmTimeouts = timeoutsDefault,
): readonly (readonly [name: string, value: string])[] {
  return [
    ["connect_timeout_ms", String(Math.round(timeouts.connectMs))],
    ["request_timeout_ms", String(Math.round(timeouts.requestMs))],
    ["time_to_first_token_timeout_ms", String(Math.round(timeouts.firstTokenMs))],
    ["idle_timeout_ms", String(Math.round(timeouts.idleMs))],
    ["enable_connection_pooling", "true"],
  ];
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
