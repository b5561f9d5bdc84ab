/** Sends one action for each agent, in as few requests as their limits allow. */

import type { ActionName } from "../model/actions/action-registry.ts";
import { agentInterrupt } from "../model/actions/agent-interrupt.ts";
import { batchesOf } from "../picture/action-batches.ts";
import { errorDataOf, newKey } from "./link/api.ts";
import { isUnanswered } from "./link/until-answered.ts";
import type { RequestRest } from "./state/receipts.ts";
import { type KeptRequest, UnfinishedRequests } from "./state/unfinished-requests.ts";

/** The actor in the rows of the queue. */
export const ACTOR = "dashboard";

export interface SentActions {
  readonly actionIds: readonly string[];
  /** What the server has not accepted; null if it has accepted everything. */
  readonly rest: RequestRest | null;
}

interface Batches {
  readonly action: ActionName;
  readonly agentIds: readonly string[];
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Sends the rows until they are answered. Returns the ids of their actions. */
type SendRows = (rows: readonly unknown[], key: string) => Promise<readonly string[]>;

/** @throws {RequestError} nothing was accepted */
export async function sendBatches(
  { action, agentIds, payload }: Batches,
  sendRows: SendRows,
): Promise<SentActions> {
  const keys = action === agentInterrupt.name ? new GuidanceKeys() : null;
  const actionIds: string[] = [];
  let begun = 0;
  for (const batch of batchesOf(agentIds, payload)) {
    begun += batch.length;
    const rows = batch.map((agent_id) => ({
      action,
      actor: ACTOR,
      payload: { agent_id, ...payload },
    }));
    try {
      actionIds.push(...(await sendRows(rows, keys?.keyOf(rows, batch) ?? newKey())));
    } catch (error) {
      keys?.keep(error);
      if (actionIds.length === 0) throw error;
      return { actionIds, rest: restOf(error, batch.length, agentIds.length - begun) };
    }
  }
  return { actionIds, rest: null };
}

const unfinished = new UnfinishedRequests<string>();

/**
 * The keys of one sending of guidance. Any other action that is sent again is a new one, because the agent
 * may have been steered meanwhile.
 */
class GuidanceKeys {
  readonly #sent: (KeptRequest<string> & { readonly body: string })[] = [];

  keyOf(rows: readonly unknown[], agentIds: readonly string[]): string {
    const body = JSON.stringify(rows);
    const key = unfinished.take(body, agentIds) ?? newKey();
    this.#sent.push({ body, key, agentIds });
    return key;
  }

  /** Accepted requests are kept, too: if everything is sent again, no agent gets the guidance twice. */
  keep(error: unknown): void {
    if (isKeyForgotten(errorDataOf(error).code)) return;
    for (const { body, ...kept } of this.#sent) unfinished.keep(body, kept);
  }
}

/** The server no longer knows all that was sent with the key. */
export function isKeyForgotten(code: string): boolean {
  return code === "IDEMPOTENCY_KEY_REUSED";
}

function restOf(error: unknown, count: number, unsent: number): RequestRest {
  const isLost = isUnanswered(error);
  return {
    refused: isLost ? 0 : count,
    unanswered: isLost ? count : 0,
    unsent,
    error: errorDataOf(error),
  };
}
