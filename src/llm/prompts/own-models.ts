/**
 * The clients of own BAML files as models, so that the governor treats them like those of models.json. The
 * members of a `fallback` or `round-robin` are models of their own: the governor tries one after the other,
 * and each has its quota.
 */

import { TroupeError } from "../../model/errors.ts";
import { CLIENT_NAME } from "../client-source.ts";
import type { Model, ModelClient } from "../model-client.ts";
import type { Environment } from "../providers.ts";
import { findProxyFault } from "../proxies.ts";
import { findKeyFault } from "../read-key.ts";
import { type LeafClient, type OptionValue, type OwnClient, variablesOf } from "./own-clients.ts";
import type { OwnPrompts } from "./own-prompts.ts";

/** What own clients share with those of the fleet. */
type FleetPart = Pick<ModelClient, "source" | "connectMs">;

export class OwnModels {
  readonly #functions: Readonly<Record<string, string>>;
  readonly #clients: Readonly<Record<string, OwnClient>>;
  /** By client; a text is the reason why it cannot be called. */
  readonly #models: ReadonlyMap<string, Model | string>;
  /** Calls so far, by `round-robin` client. */
  readonly #turns = new Map<string, number>();

  constructor(own: OwnPrompts, fleet: FleetPart) {
    const { functions = {}, clients = {} } = own.prompts?.set ?? {};
    this.#functions = functions;
    this.#clients = clients;
    const leaves = Object.entries(clients).flatMap(([name, client]) =>
      client.kind === "leaf" ? [[name, makeModel(name, client, own, fleet)] as const] : [],
    );
    this.#models = new Map(leaves);
  }

  /** Those that can be called. */
  get all(): readonly Model[] {
    return [...this.#models.values()].filter((model) => typeof model !== "string");
  }

  /**
   * The models that may answer the function, in the order in which they are tried; {@link CLIENT_NAME}
   * stands for the fleet's. Undefined if the fleet's alone may.
   * @throws {TroupeError} `LLM_UNAVAILABLE` if a client lacks a variable or an address.
   */
  choose(name: string): readonly (Model | typeof CLIENT_NAME)[] | undefined {
    const client = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (client === undefined || client === CLIENT_NAME) return undefined;
    return [...new Set(this.#leavesOf(client, new Set()))].map((leaf) => {
      const model = this.#models.get(leaf) ?? CLIENT_NAME;
      if (typeof model !== "string" || model === CLIENT_NAME) return model;
      throw new TroupeError("LLM_UNAVAILABLE", `${name} was not called: ${model}`, {
        details: { function: name },
      });
    });
  }

  #leavesOf(name: string, seen: ReadonlySet<string>): readonly string[] {
    const client = this.#clients[name];
    if (client?.kind !== "group") return [name];
    if (seen.has(name)) return [];
    const deeper = new Set([...seen, name]);
    return this.#inOrder(name, client).flatMap((member) => this.#leavesOf(member, deeper));
  }

  #inOrder(
    name: string,
    { members, isRoundRobin }: { readonly members: readonly string[]; isRoundRobin: boolean },
  ): readonly string[] {
    if (!isRoundRobin || members.length === 0) return members;
    const turn = this.#turns.get(name) ?? 0;
    this.#turns.set(name, (turn + 1) % members.length);
    return [...members.slice(turn), ...members.slice(0, turn)];
  }
}

function makeModel(
  name: string,
  leaf: LeafClient,
  { env, proxyEnv }: Pick<OwnPrompts, "env" | "proxyEnv">,
  fleet: FleetPart,
): Model | string {
  const missing = leaf.required.filter((variable) => env[variable] === undefined);
  if (missing.length > 0) return `client ${name} needs ${missing.join(" and ")} to be set`;
  const url = URL.parse(optionText(leaf.baseUrl, env) ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return `the base_url of client ${name} must be an http or https URL`;
  }
  const { provider, urlVariable, keyHost } = leaf;
  const hasKey = keyHost === null || keyHost === url.host;
  const key = hasKey ? leaf.key : null;
  const sent = withTrimmed(key, env);
  const fault = findProxyFault(url, proxyEnv) ?? findFaultIn(key, sent);
  if (fault !== undefined) return `client ${name}: ${fault}`;
  const given = variablesOf({ ...leaf, key }).flatMap((variable) =>
    sent[variable] === undefined ? [] : [[variable, sent[variable]]],
  );
  // BAML fails without the variable.
  const empty = !hasKey && leaf.key !== null && "variable" in leaf.key ? leaf.key.variable : null;
  const client: ModelClient = {
    ...fleet,
    provider,
    model: (leaf.model && optionText(leaf.model, env)) ?? null,
    host: url.host,
    clientName: name,
    env: {
      ...(empty !== null && { [empty]: "" }),
      ...Object.fromEntries(given),
      [urlVariable]: url.href.replace(/\/+$/, ""),
    },
    urlVariable,
    key: (key && optionText(key, sent)) ?? null,
    proxyEnv,
  };
  return { name, client, rpm: undefined, tpm: undefined, price: undefined, fallback: [] };
}

/** Undefined if the variable is not set. */
function optionText(value: OptionValue, env: Environment): string | undefined {
  return "text" in value ? value.text : env[value.variable];
}

/** The environment with the key as `readKey` has it. */
function withTrimmed(key: OptionValue | null, env: Environment): Environment {
  if (key === null || !("variable" in key)) return env;
  const given = env[key.variable];
  return given === undefined ? env : { ...env, [key.variable]: given.trim() };
}

function findFaultIn(key: OptionValue | null, env: Environment): string | undefined {
  if (key === null || !("variable" in key)) return undefined;
  return findKeyFault(key.variable, env[key.variable] ?? "");
}
