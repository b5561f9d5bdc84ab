/**
 * The models by name: those of `models.json`, and `default`, which the settings `TROUPE_LLM*` describe
 * unless the file has an entry of that name; and which of them answer a call. Pure.
 *
 * A model is the same wherever it is from: it has a client in BAML source, the variables that this client
 * reads, and the quota that it shares with all models of its provider, host, name and key. The first
 * client of the models is named `Default`, as the functions call it; a function's client is overridden
 * only if the chosen model is another one.
 */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { NamedModel } from "../model/named-model.ts";
import { CLIENT_NAME, joinSources } from "./client-source.ts";
import {
  describeClient,
  type LlmSettings,
  type Model,
  type ModelClient,
  makeClient,
  parseBaseUrl,
  resolveClient,
} from "./model-client.ts";
import { invalid, type ModelFile } from "./model-file.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import { builtInFunctions } from "./prompts/built-in-functions.ts";
import { OwnModels } from "./prompts/own-models.ts";
import type { OwnPrompts } from "./prompts/own-prompts.ts";
import { type Environment, type Provider, type ProviderName, providers } from "./providers.ts";
import { readFirstKey, readKey } from "./read-key.ts";

export const DEFAULT_MODEL = "default";

/** Who has named a model, the most specific first; undefined = nobody. */
export interface ModelChoice {
  readonly call: string | undefined;
  readonly agent: string | undefined;
  readonly type: string | undefined;
  /** The BAML function that is called. */
  readonly function: string;
}

export class Models {
  readonly #named: ReadonlyMap<string, Model>;
  /** The models that the file gives to BAML functions. */
  readonly #ofFunctions: ReadonlyMap<string, string>;
  /** Those of own BAML files. */
  readonly #own: OwnModels | undefined;

  constructor(
    named: readonly Model[],
    ofFunctions: ReadonlyMap<string, string>,
    own: OwnModels | undefined,
  ) {
    this.#named = new Map(named.map((model) => [model.name, model]));
    this.#ofFunctions = ofFunctions;
    this.#own = own;
  }

  /** Those that a call can name. */
  get named(): readonly Model[] {
    return [...this.#named.values()];
  }

  get all(): readonly Model[] {
    return [...this.named, ...(this.#own?.all ?? [])];
  }

  /** The provider of the models with this name at their provider; undefined if there are none, or several. */
  providerOf(model: string): string | undefined {
    const ofModel = this.all.filter(({ client }) => client.model === model);
    const [provider, ...others] = new Set(ofModel.map(({ client }) => client.provider));
    return others.length === 0 ? provider : undefined;
  }

  /** The model of calls for which nobody names one. */
  get default(): Model {
    return this.#get(DEFAULT_MODEL);
  }

  /**
   * The models that may answer a call, in the order in which they are tried. A call's choice overrides its
   * agent's, which overrides its type's, which overrides that of the function: a client in own BAML files,
   * or a model of the file.
   * @throws {TroupeError} `LLM_MODEL_UNKNOWN` for a name that no model has; `LLM_UNAVAILABLE` for a client
   * of own files that lacks a variable or an address.
   */
  choose(choice: ModelChoice): readonly [Model, ...Model[]] {
    const named = choice.call ?? choice.agent ?? choice.type;
    const own = named === undefined ? this.#own?.choose(choice.function) : undefined;
    const fleet = () =>
      this.#withFallback(named ?? this.#ofFunctions.get(choice.function) ?? DEFAULT_MODEL);
    const [first, ...others] = own?.flatMap((one) => (one === CLIENT_NAME ? fleet() : [one])) ?? [];
    return first === undefined ? fleet() : [first, ...others];
  }

  #withFallback(name: string): readonly [Model, ...Model[]] {
    const first = this.#get(name);
    return [first, ...first.fallback.map((other) => this.#get(other))];
  }

  problemOf(name: string): TroupeError | undefined {
    if (this.#named.has(name)) return undefined;
    const known = [...this.#named.keys()].join(", ");
    const message = `model must be one of ${known}, got ${excerpt(name)}`;
    return new TroupeError("LLM_MODEL_UNKNOWN", message);
  }

  #get(name: string): Model {
    const model = this.#named.get(name);
    if (model !== undefined) return model;
    throw this.problemOf(name);
  }
}

/**
 * @param own functions of own BAML files, with their clients
 * @throws {TroupeError} `SETTING_INVALID`, see {@link resolveClient}; `MODELS_INVALID` for a model of the
 * file whose key is not set or whose address cannot be used.
 */
export function resolveModels(settings: LlmSettings, own?: OwnPrompts): Models {
  const file = settings.models ?? { path: "", models: new Map<string, NamedModel>() };
  const listed = [...file.models].map(([name, model]) => toModel(name, model, file, settings));
  // The kind of the default model is the client that BAML's functions name.
  const isDefault = ({ name }: Model) => name === DEFAULT_MODEL;
  const first = listed.find(isDefault) ?? ofSettings(settings);
  const alone = [first, ...listed.filter((model) => !isDefault(model))];
  const { source, names } = joinSources(alone.map(({ client }) => client.source));
  const named = alone.map((model, index) => {
    const clientName = names[index] ?? model.client.clientName;
    return { ...model, client: { ...model.client, clientName, source } };
  });
  const ofFunctions = new Map<string, string>();
  for (const [name, { functions = [] }] of file.models) {
    for (const one of functions) ofFunctions.set(one, name);
  }
  const fleet = { source, connectMs: first.client.connectMs };
  return new Models(named, ofFunctions, own && new OwnModels(own, fleet));
}

/**
 * Functions to which the file gives a model, and which there are not: a call would never use it. None while own
 * files cannot be read.
 * @param own undefined if there are no own files
 */
export function findUnknownFunctions(
  file: ModelFile | null,
  own: OwnPrompts | undefined,
): readonly TroupeError[] {
  if (file === null || (own !== undefined && own.prompts === undefined)) return [];
  const known = [...builtInFunctions, ...Object.keys(own?.prompts?.set.functions ?? {})];
  return [...file.models].flatMap(([name, { functions = [] }]) =>
    functions
      .filter((one) => !known.includes(one))
      .map((one) => invalid(file.path, unknownFunction(name, known, one))),
  );
}

function unknownFunction(model: string, known: readonly string[], given: string): string {
  return `functions of the model ${model} must be of ${known.join(", ")}, got ${excerpt(given)}`;
}

/** The models as text. */
export function describeModels({ named, default: first }: Models): string {
  const others = named.filter((model) => model !== first).map(({ name }) => name);
  const isOffline = first.client.provider === "offline" && others.length === 0;
  const text = isOffline ? OFFLINE : describeClient(first.client);
  return others.length === 0 ? text : `${text}; by name: ${others.join(", ")}`;
}

const OFFLINE =
  "offline model, not a language model (set ANTHROPIC_API_KEY, OPENAI_API_KEY or another provider's key to use one)";

function ofSettings(settings: LlmSettings): Model {
  const client = resolveClient(settings);
  const nothing = { rpm: undefined, tpm: undefined, price: undefined };
  return { name: DEFAULT_MODEL, client, ...nothing, fallback: [] };
}

function toModel(name: string, given: NamedModel, file: ModelFile, settings: LlmSettings): Model {
  const { rpm, tpm, price, fallback = [] } = given;
  const client = clientOf(name, given, file.path, settings);
  return { name, client, rpm, tpm, price, fallback };
}

function clientOf(
  name: string,
  given: NamedModel,
  path: string,
  settings: LlmSettings,
): ModelClient {
  const provider = given.provider as ProviderName;
  if (provider === "offline") return makeClient({ name: provider, model: OFFLINE_MODEL, settings });
  const model = given.model ?? providers[provider].model;
  if (model === "") throw invalid(path, `${name}.model must be set: ${provider} has no default`);
  const { baseUrl }: Provider = providers[provider];
  const own = baseUrl(settings.env, model);
  const address = given.base_url ?? own;
  if (address === undefined) throw invalid(path, `${name}.base_url must be set for ${provider}`);
  const url = parseBaseUrl(address);
  if (typeof url === "string") throw invalid(path, `${name}.base_url ${url}`);
  const isElsewhere = url.host !== URL.parse(own ?? "")?.host;
  const key = keyOf({ name, given, path, isElsewhere, env: settings.env });
  const { options } = given;
  return makeClient({ name: provider, model, key, url, options, settings });
}

interface KeyedModel {
  readonly name: string;
  readonly given: NamedModel;
  readonly path: string;
  /** True if the address is not the provider's own. */
  readonly isElsewhere: boolean;
  readonly env: Environment;
}

/** A provider's usual key is used without being named only for the provider's own address. */
function keyOf({ name, given, path, isElsewhere, env }: KeyedModel): string | undefined {
  const { keys, isKeyOptional }: Provider = providers[given.provider as ProviderName];
  if (given.key !== undefined) {
    const key = readKey(env, given.key);
    if (key !== undefined) return key;
    throw invalid(path, `${name}.key: the environment variable ${given.key} is not set`);
  }
  if (keys.length === 0 || isKeyOptional === true) return undefined;
  if (isElsewhere) {
    const why = `base_url is not the address of ${given.provider}, so its key is not sent there`;
    throw invalid(path, `${name}.key must be named: ${why} automatically`);
  }
  const key = readFirstKey(env, keys);
  if (key !== undefined) return key;
  throw invalid(path, `${name}: ${given.provider} needs ${keys.join(" or ")} to be set`);
}
