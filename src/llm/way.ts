/**
 * How BAML reaches the models that may answer one call: the environment with their keys and addresses.
 * Each thread has its own offline model, so that it costs the main thread nothing, and its own relay to
 * all others. The offline model's answers need no limit.
 */

import { TroupeError } from "../model/errors.ts";
import type { CallTask } from "./call-task.ts";
import { CLIENT_NAME, clientVariables, describeClient, type ModelClient } from "./model-client.ts";
import { type OfflineModel, startOfflineModel } from "./offline/offline-model.ts";
import { type LeafClient, leavesOf, variablesOf } from "./prompts/own-clients.ts";
import { type OwnTask, optionText } from "./prompts/own-prompts.ts";
import type { PromptSet } from "./prompts/prompts.ts";
import { type Relay, type RelayTarget, startRelay } from "./relay.ts";
import type { RelayFault } from "./upstream.ts";

export interface Way extends Disposable {
  /** The environment of the call. */
  readonly env: Record<string, string>;
  /** Set if the relay ended the call. */
  readonly fault: RelayFault | undefined;
}

let offlineModel: Promise<OfflineModel> | undefined;
let relay: Promise<Relay> | undefined;

/**
 * @param set own functions, if the called one is among them
 * @throws {TroupeError} `LLM_UNAVAILABLE` if a client of the function lacks a variable or an address.
 */
export async function openWay(task: CallTask, set: PromptSet | undefined): Promise<Way> {
  using opening = new DisposableStack();
  const clients = clientsOf(task.request.function, set);
  const own = task.own;
  let env: Record<string, string> = {};
  const calls: { readonly fault: RelayFault | undefined }[] = [];
  const enter = async (target: RelayTarget) => {
    const call = opening.use((await openRelay()).enter(target));
    calls.push(call);
    return call.baseUrl;
  };
  for (const name of clients) {
    const leaf = set?.clients[name];
    if (name === CLIENT_NAME) env = { ...env, ...(await fleetEnvironment(task.client, enter)) };
    else if (leaf?.kind === "leaf" && own !== undefined) {
      const ownEnv = await ownEnvironment(leaf, { name, own, enter, task });
      env = { ...env, ...ownEnv };
    }
  }
  const opened = opening.move();
  return {
    env,
    get fault() {
      return calls.find(({ fault }) => fault !== undefined)?.fault;
    },
    [Symbol.dispose]: () => opened.dispose(),
  };
}

/** The clients that a call of the function may use. */
function clientsOf(name: string, set: PromptSet | undefined): readonly string[] {
  const client = set?.functions[name];
  return set === undefined || client === undefined ? [CLIENT_NAME] : leavesOf(client, set.clients);
}

/** A client in messages and in a call's usage. */
interface Answerer {
  readonly model: string | null;
  /** The model as text. Never holds a key. */
  readonly text: string;
  /** Texts that no message may contain. */
  readonly secrets: readonly string[];
}

/** @param last the client that was called last; by default the first that the function may use */
export function answererOf(
  { request, client, own }: CallTask,
  set: PromptSet | undefined,
  last: string | undefined,
): Answerer {
  const leaf = set?.clients[last ?? clientsOf(request.function, set)[0] ?? ""];
  if (leaf?.kind !== "leaf" || own === undefined) {
    const key = client.env[clientVariables.key];
    return { model: client.model, text: describeClient(client), secrets: key ? [key] : [] };
  }
  const model = (leaf.model && optionText(leaf.model, own.env)) ?? null;
  const host = URL.parse(optionText(leaf.baseUrl, own.env) ?? "")?.host;
  const key = leaf.key && optionText(leaf.key, own.env);
  const text = `${leaf.provider}${model ? ` ${model}` : ""}${host ? ` at ${host}` : ""}`;
  return { model, text, secrets: key ? [key] : [] };
}

/** Registers the target with the relay; returns the URL for BAML. */
type Enter = (target: RelayTarget) => Promise<string>;

async function fleetEnvironment(
  { provider, env, connectMs, proxyEnv }: ModelClient,
  enter: Enter,
): Promise<Record<string, string>> {
  if (provider === "offline") {
    offlineModel ??= startOfflineModel();
    const { baseUrl, token } = await offlineModel;
    return { ...env, [clientVariables.baseUrl]: baseUrl, [clientVariables.key]: token };
  }
  const baseUrl = env[clientVariables.baseUrl] ?? "";
  return { ...env, [clientVariables.baseUrl]: await enter({ baseUrl, connectMs, proxyEnv }) };
}

interface OwnWay {
  readonly name: string;
  readonly own: OwnTask;
  readonly enter: Enter;
  readonly task: CallTask;
}

async function ownEnvironment(
  leaf: LeafClient,
  { name, own, enter, task }: OwnWay,
): Promise<Record<string, string>> {
  const { env, proxyEnv } = own;
  const missing = leaf.required.filter((variable) => env[variable] === undefined);
  // BAML calls no client of a group if one of them lacks a variable.
  if (missing.length > 0) {
    throw unavailable(task, `client ${name} needs ${missing.join(" and ")} to be set`);
  }
  const given = variablesOf(leaf).flatMap((variable) =>
    env[variable] === undefined ? [] : [[variable, env[variable]]],
  );
  const url = URL.parse(optionText(leaf.baseUrl, env) ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw unavailable(task, `the base_url of client ${name} must be an http or https URL`);
  }
  const { connectMs } = task.client;
  const relayed = await enter({ baseUrl: url.href.replace(/\/+$/, ""), connectMs, proxyEnv });
  return { ...Object.fromEntries(given), [leaf.urlVariable]: relayed };
}

function unavailable({ request }: CallTask, problem: string): TroupeError {
  return new TroupeError("LLM_UNAVAILABLE", `${request.function} was not called: ${problem}`, {
    details: { function: request.function },
  });
}

function openRelay(): Promise<Relay> {
  relay ??= startRelay().catch((error: unknown) => {
    relay = undefined;
    throw error;
  });
  return relay;
}
