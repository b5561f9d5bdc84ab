/**
 * The models by name: those of `models.json`, and `default`, which the settings `TROUPE_LLM*` describe
 * unless the file has an entry of that name. Pure.
 */

import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { NamedModel } from "../model/named-model.ts";
import {
  describeClient,
  joinSources,
  type LlmSettings,
  type ModelClient,
  makeClient,
  parseBaseUrl,
  resolveClient,
} from "./model-client.ts";
import { invalid, type ModelFile } from "./model-file.ts";
import { OFFLINE_MODEL } from "./offline/offline-answer.ts";
import { type Environment, type Provider, type ProviderName, providers } from "./providers.ts";

export const DEFAULT_MODEL = "default";

/** One model that can be called. */
export interface Model {
  readonly name: string;
  readonly client: ModelClient;
  /** Requests and tokens that its provider grants a minute; undefined if nobody has set them. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  readonly price: NamedModel["price"];
  /** Names of the models to try if this one is limited or fails, in this order. */
  readonly fallback: readonly string[];
}

/** Who has named a model, the most specific first; undefined = nobody. */
export interface ModelWish {
  readonly call: string | undefined;
  readonly agent: string | undefined;
  readonly type: string | undefined;
  /** The BAML function that is called. */
  readonly function: string;
}

export class Models {
  readonly #models: ReadonlyMap<string, Model>;
  /** The models of BAML functions that have one. */
  readonly #ofFunctions: ReadonlyMap<string, string>;

  constructor(models: readonly Model[], ofFunctions: ReadonlyMap<string, string>) {
    this.#models = new Map(models.map((model) => [model.name, model]));
    this.#ofFunctions = ofFunctions;
  }

  get all(): readonly Model[] {
    return [...this.#models.values()];
  }

  /** The model of calls for which nobody names one. */
  get default(): Model {
    return this.#get(DEFAULT_MODEL);
  }

  /**
   * The models that may answer a call, in the order in which they are tried. A call's wish overrides its
   * agent's, which overrides its type's, which overrides that of the function.
   * @throws {TroupeError} `LLM_MODEL_UNKNOWN` for a name that no model has.
   */
  choose(wish: ModelWish): readonly [Model, ...Model[]] {
    const named = wish.call ?? wish.agent ?? wish.type ?? this.#ofFunctions.get(wish.function);
    const first = this.#get(named ?? DEFAULT_MODEL);
    return [first, ...first.fallback.map((name) => this.#get(name))];
  }

  /** Undefined if a model has this name. */
  problemOf(name: string): TroupeError | undefined {
    if (this.#models.has(name)) return undefined;
    const known = [...this.#models.keys()].join(", ");
    const message = `model must be one of ${known}, got ${excerpt(name)}`;
    return new TroupeError("LLM_MODEL_UNKNOWN", message);
  }

  #get(name: string): Model {
    const model = this.#models.get(name);
    if (model !== undefined) return model;
    throw this.problemOf(name);
  }
}

/**
 * @throws {TroupeError} `SETTING_INVALID`, see {@link resolveClient}; `MODELS_INVALID` for a model of the
 * file whose key is not set or whose address cannot be used.
 */
export function resolveModels(settings: LlmSettings): Models {
  const file = settings.models ?? { path: "", models: new Map<string, NamedModel>() };
  const named = [...file.models].map(([name, model]) => toModel(name, model, file, settings));
  const hasDefault = file.models.has(DEFAULT_MODEL);
  const all = hasDefault ? named : [ofSettings(settings), ...named];
  const clients = joinSources(all.map(({ client }) => client));
  const models = all.map((model, index) => ({ ...model, client: clients[index] ?? model.client }));
  const ofFunctions = new Map<string, string>();
  for (const [name, { functions = [] }] of file.models) {
    for (const one of functions) ofFunctions.set(one, name);
  }
  return new Models(models, ofFunctions);
}

/** The models as text. */
export function describeModels({ all, default: first }: Models): string {
  const others = all.filter((model) => model !== first).map(({ name }) => name);
  const text = describeClient(first.client);
  return others.length === 0 ? text : `${text}; by name: ${others.join(", ")}`;
}

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
    const key = env[given.key];
    if (key) return key;
    throw invalid(path, `${name}.key: the environment variable ${given.key} is not set`);
  }
  if (keys.length === 0 || isKeyOptional === true) return undefined;
  if (isElsewhere) {
    const why = `base_url is not the address of ${given.provider}, so its key is not sent there`;
    throw invalid(path, `${name}.key must be named: ${why} automatically`);
  }
  const key = keys.map((one) => env[one]).find(Boolean);
  if (key !== undefined) return key;
  throw invalid(path, `${name}: ${given.provider} needs ${keys.join(" or ")} to be set`);
}
