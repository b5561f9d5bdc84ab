/**
 * The endpoint of one call: the environment in which BAML finds the model's key and address. Each
 * thread has its own offline model, so that it costs the main thread nothing, and its own relay to all
 * others. The offline model's answers need no limit.
 */

import { clientVariables } from "./client-source.ts";
import type { AnswerHeaders } from "./governor/granted-rates.ts";
import type { ModelClient } from "./model-client.ts";
import { type OfflineModel, startOfflineModel } from "./offline/offline-model.ts";
import { type Relay, startRelay } from "./relay.ts";
import type { RelayFault } from "./upstream.ts";

export interface CallEndpoint extends Disposable {
  /** The environment of the call. */
  readonly env: Record<string, string>;
  /** Set if the relay ended the call. */
  readonly fault: RelayFault | undefined;
  /** Headers about limits, of the last answer. */
  readonly rateHeaders: AnswerHeaders;
  /** Texts that were sent and may be keys. */
  readonly keys: readonly string[];
}

let offlineModel: Promise<OfflineModel> | undefined;
let relay: Promise<Relay> | undefined;

export async function openEndpoint(client: ModelClient): Promise<CallEndpoint> {
  const { provider, env, urlVariable, connectMs, proxyEnv } = client;
  if (provider === "offline") return await openOfflineEndpoint(client);
  const baseUrl = env[urlVariable] ?? "";
  const call = (await openRelay()).enter({ baseUrl, connectMs, proxyEnv });
  return Object.assign(call, { env: { ...env, [urlVariable]: call.baseUrl } });
}

async function openOfflineEndpoint({ env }: ModelClient): Promise<CallEndpoint> {
  offlineModel ??= startOfflineModel();
  const { baseUrl, token } = await offlineModel;
  return {
    env: { ...env, [clientVariables.baseUrl]: baseUrl, [clientVariables.key]: token },
    fault: undefined,
    rateHeaders: {},
    keys: [],
    [Symbol.dispose]: () => undefined,
  };
}

function openRelay(): Promise<Relay> {
  relay ??= startRelay().catch((error: unknown) => {
    relay = undefined;
    throw error;
  });
  return relay;
}
