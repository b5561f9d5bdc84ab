/**
 * Own functions as the gateway uses them: the prompts, the environment of their clients, and whether they
 * compile, which a start finds out while it serves already.
 */

import type { TroupeError } from "../../model/errors.ts";
import type { Environment } from "../providers.ts";
import type { Prompts } from "./prompts.ts";

export interface OwnPrompts {
  /** Undefined if they could not be read. */
  readonly prompts: Prompts | undefined;
  /** Values of the variables that the clients read. Holds keys. */
  readonly env: Environment;
  /** The environment's proxy variables. */
  readonly proxyEnv: Environment;
  /** Resolves with the reason if they cannot be used. Never rejects. */
  readonly fault: Promise<TroupeError | undefined>;
}

/** Own functions in a call's task, for a thread of the pool. */
export interface OwnTask {
  readonly id: string;
  readonly shared: SharedArrayBuffer;
  /** Names of the variables that are set: BAML keeps the value of one that no longer is. */
  readonly variables: readonly string[];
}
