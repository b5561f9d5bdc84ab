/**
 * Own functions as the gateway uses them: the prompts, the environment of their clients, and whether they
 * compile, which a start finds out while it serves already.
 */

import type { TroupeError } from "../../model/errors.ts";
import type { Environment } from "../providers.ts";
import { builtInFunctions } from "./built-in-functions.ts";
import { leavesOf, type OptionValue } from "./own-clients.ts";
import type { Prompts } from "./prompts.ts";

export interface OwnPrompts {
  /** Undefined if they could not be read. */
  readonly prompts: Prompts | undefined;
  /** Values of the variables that the clients read. Holds keys. */
  readonly env: Environment;
  /** The environment's proxy variables. */
  readonly proxyEnv: Environment;
  /** The host of each function whose client is an own one. */
  readonly hosts: ReadonlyMap<string, string>;
  /** Resolves with the reason if they cannot be used. Never rejects. */
  readonly fault: Promise<TroupeError | undefined>;
}

/** The part of a call's task, for a thread of the pool. */
export interface OwnTask {
  readonly id: string;
  /** Undefined if the functions cannot be used. */
  readonly shared: SharedArrayBuffer | undefined;
  readonly env: Environment;
  readonly proxyEnv: Environment;
  /** Why they cannot be used. */
  readonly fault: string | undefined;
}

/** Undefined for a built-in function, whose calls do not wait for the compiler. */
export async function ownTask(name: string, own: OwnPrompts): Promise<OwnTask | undefined> {
  if (builtInFunctions.includes(name)) return undefined;
  const { prompts, env, proxyEnv, fault } = own;
  const found = await fault;
  const shared = found === undefined ? prompts?.shared : undefined;
  return { id: prompts?.id ?? "", shared, env, proxyEnv, fault: found?.message };
}

/** By function; of a group of clients that of the first. */
export function hostsOf({ set }: Prompts, env: Environment): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>();
  for (const [name, clientName] of Object.entries(set.functions)) {
    const client = set.clients[leavesOf(clientName, set.clients)[0] ?? ""];
    const url = client?.kind === "leaf" ? URL.parse(optionText(client.baseUrl, env) ?? "") : null;
    if (url !== null) hosts.set(name, url.host);
  }
  return hosts;
}

/** Undefined if the variable is not set. */
export function optionText(value: OptionValue, env: Environment): string | undefined {
  return "text" in value ? value.text : env[value.variable];
}
