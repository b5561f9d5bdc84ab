/** The providers of models, and the environment variables of each: data alone. Pure. */

import { OFFLINE_MODEL } from "./offline/offline-answer.ts";

/** Keys and hosts, by the names of their environment variables. */
export type Environment = Readonly<Record<string, string>>;

export interface Provider {
  /** BAML's name for it. */
  readonly baml: string;
  /** Environment variables that may hold its key; the first that is set counts. */
  readonly keys: readonly string[];
  /** The environment variable that may hold its address. */
  readonly host?: string;
  readonly isKeyOptional?: true;
  /** `auto` never takes it: its key is also set for other purposes, or is that of an earlier one. */
  readonly isByNameOnly?: true;
  /** Empty if it has no default. */
  readonly model: string;
  /** Undefined if it has no default. */
  readonly baseUrl: (env: Environment, model?: string) => string | undefined;
  /** Options of its requests, unless models.json sets them. */
  readonly options?: Readonly<Record<string, string>>;
}

/** In the order in which `auto` checks whether a provider's key or host is set. */
export const providers = {
  openai: {
    baml: "openai",
    keys: ["OPENAI_API_KEY"],
    model: "gpt-6-luna",
    baseUrl: () => "https://api.openai.com/v1",
  },
  anthropic: {
    baml: "anthropic",
    keys: ["ANTHROPIC_API_KEY"],
    model: "claude-haiku-5-5",
    baseUrl: () => "https://api.anthropic.com",
  },
  ollama: {
    baml: "openai-generic",
    keys: [],
    host: "OLLAMA_HOST",
    model: "llama3.2",
    baseUrl: (env) => ollamaUrl(env["OLLAMA_HOST"] ?? ""),
  },
  "google-ai": {
    baml: "google-ai",
    keys: ["GOOGLE_API_KEY", "GEMINI_API_KEY"],
    model: "gemini-flash-latest",
    baseUrl: () => "https://generativelanguage.googleapis.com/v1beta",
  },
  openrouter: {
    baml: "openai-generic",
    keys: ["OPENROUTER_API_KEY"],
    model: "openrouter/auto",
    baseUrl: () => "https://openrouter.ai/api/v1",
  },
  groq: {
    baml: "openai-generic",
    keys: ["GROQ_API_KEY"],
    model: "llama-3.3-70b-versatile",
    baseUrl: () => "https://api.groq.com/openai/v1",
  },
  together: {
    baml: "openai-generic",
    keys: ["TOGETHER_API_KEY"],
    model: "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    baseUrl: () => "https://api.together.xyz/v1",
  },
  cerebras: {
    baml: "openai-generic",
    keys: ["CEREBRAS_API_KEY"],
    model: "llama-3.3-70b",
    baseUrl: () => "https://api.cerebras.ai/v1",
  },
  "vercel-ai-gateway": {
    baml: "openai-generic",
    keys: ["AI_GATEWAY_API_KEY"],
    model: "openai/gpt-6-luna",
    baseUrl: () => "https://ai-gateway.vercel.sh/v1",
  },
  "azure-openai": {
    baml: "azure-openai",
    keys: ["AZURE_OPENAI_API_KEY"],
    host: "AZURE_OPENAI_ENDPOINT",
    // The name of a deployment.
    model: "",
    baseUrl: (env, model) => azureUrl(env["AZURE_OPENAI_ENDPOINT"], model),
    options: { api_version: "2024-10-21" },
  },
  huggingface: {
    baml: "openai-generic",
    keys: ["HF_TOKEN"],
    isByNameOnly: true,
    model: "meta-llama/Llama-3.3-70B-Instruct",
    baseUrl: () => "https://router.huggingface.co/v1",
  },
  "openai-responses": {
    baml: "openai-responses",
    keys: ["OPENAI_API_KEY"],
    isByNameOnly: true,
    model: "gpt-6-luna",
    baseUrl: () => "https://api.openai.com/v1",
  },
  "openai-generic": {
    baml: "openai-generic",
    keys: ["OPENAI_API_KEY"],
    isKeyOptional: true,
    isByNameOnly: true,
    // Servers with one model accept any name.
    model: "default",
    baseUrl: () => undefined,
  },
  offline: {
    baml: "openai-generic",
    keys: [],
    isByNameOnly: true,
    model: OFFLINE_MODEL,
    // Filled in by the thread that runs the offline model.
    baseUrl: () => undefined,
  },
} as const satisfies Record<string, Provider>;

export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as readonly ProviderName[];

/** The environment variables that choose the provider if one of them is set. */
export function variablesOf(name: ProviderName): readonly string[] {
  const { keys, host }: Provider = providers[name];
  return host === undefined ? keys : [...keys, host];
}

/** True if `auto` may take it: all that it needs is set. */
export function isSet(name: ProviderName, env: Environment, hasModel: boolean): boolean {
  const { keys, host, model, isByNameOnly }: Provider = providers[name];
  if (isByNameOnly === true || (model === "" && !hasModel)) return false;
  const hasKey = keys.length === 0 || keys.some((one) => env[one]?.trim());
  return hasKey && (host === undefined || Boolean(env[host]));
}

/** The conventional names, in lower case too. */
export const proxyVariables = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** The variables that may hold a provider's key. */
export const keyVariables: readonly string[] = [
  ...new Set(Object.values<Provider>(providers).flatMap(({ keys }) => keys)),
];

/** Every variable that is read from the environment for models. */
export const llmVariables: readonly string[] = [
  ...new Set(providerNames.flatMap(variablesOf)),
  ...proxyVariables,
];

function azureUrl(endpoint: string | undefined, deployment = ""): string | undefined {
  if (!endpoint) return undefined;
  return `${endpoint.replace(/\/+$/, "")}/openai/deployments/${encodeURIComponent(deployment)}`;
}

/** Ollama's server reads OLLAMA_HOST too: scheme and port may be missing. */
function ollamaUrl(host: string): string {
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host || "127.0.0.1"}`);
  if (url === null) return host;
  if (url.port === "" && url.protocol === "http:") url.port = "11434";
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  return url.pathname === "/" ? new URL("/v1", url).href : url.href;
}
