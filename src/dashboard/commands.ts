/**
 * The actions of this page. Each one has a receipt; the page never shows an action as done before
 * the server does.
 */

import {
  type ActionName,
  capitalize,
  type DeclaredAction,
} from "../model/actions/action-registry.ts";
import type { ActionView } from "../model/agent-view.ts";
import type { EffectResolution } from "../model/effect-resolution.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { Receipt } from "../model/response.ts";
import { batchesOf } from "../picture/action-batches.ts";
import { plural } from "../picture/number-text.ts";
import { errorDataOf, getJson, postJson, RequestError } from "./link/api.ts";
import { receipts, touchReceipts } from "./page-store.ts";
import { timeNow } from "./server-time.ts";
import type { UnknownEffect } from "./state/unknown-effect.ts";

/** The actor in the rows of the queue. */
const ACTOR = "dashboard";
/** Milliseconds between two checks for outcomes that no event has reported. */
const CHECK_PERIOD_MS = 5_000;
/** Seconds that the form waits for the outcome. */
const CREATE_WAIT_SECONDS = 10;
/** Up to so many outcomes are read one by one. */
const READ_SINGLY_MAX = 20;

export interface CreateRequest {
  readonly agent_id: string | undefined;
  readonly agent_type: string;
  readonly initial_subject: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
}

export type CreateAnswer =
  | { readonly isCreated: true; readonly agentId: string }
  | { readonly isCreated: false; readonly error: ErrorData };

/**
 * Creates an agent and waits a while for the outcome. While the form is open it shows a refusal
 * itself, without a receipt; an agent that takes longer to start has one.
 */
export async function createAgent(
  request: CreateRequest,
  isFormOpen: () => boolean,
): Promise<CreateAnswer> {
  const title = `Create ${request.agent_id ?? `an agent of type ${request.agent_type}`}`;
  const key = receipts.open(title, request.agent_id ?? null, timeNow());
  touchReceipts();
  const answer = await requestAgent(request, key);
  if (!answer.isCreated && isFormOpen()) receipts.dismiss(key);
  else if (!answer.isCreated) receipts.refuse(key, answer.error, timeNow());
  touchReceipts();
  return answer;
}

async function requestAgent(request: CreateRequest, key: number): Promise<CreateAnswer> {
  try {
    const body = { ...request, actor: ACTOR };
    const prefer = `wait=${CREATE_WAIT_SECONDS}`;
    const answer = await postJson<ActionView | Receipt>("/api/agents", body, { prefer });
    const agentId = answer.agent_id ?? "";
    if ("action_id" in answer) {
      receipts.take(key, [answer.action_id], timeNow());
      return { isCreated: true, agentId };
    }
    const { id, outcome, error } = answer;
    if (outcome !== null && outcome !== "done") {
      return {
        isCreated: false,
        error: error ?? { code: outcome, message: "no reason given" },
      };
    }
    receipts.take(key, [id], timeNow());
    if (outcome !== null) receipts.settle(id, { outcome, agentId, error }, timeNow());
    return { isCreated: true, agentId };
  } catch (error) {
    return { isCreated: false, error: errorDataOf(error) };
  }
}

/** What needs nothing but the agents. */
export async function steerAgents(
  action: DeclaredAction,
  ids: readonly string[],
  reason = "",
): Promise<void> {
  await ask(capitalize(action.word), action.name, ids, reason === "" ? {} : { reason });
}

/** True if the server accepted it. */
export async function interruptAgents(
  ids: readonly string[],
  guidance: Readonly<Record<string, unknown>>,
  mode: "next" | "now",
): Promise<boolean> {
  return await ask("Interrupt", "agent_interrupt", ids, { guidance, mode });
}

/** Starts agents again that have ended; their context and iteration are kept. */
export async function startAgents(ids: readonly string[]): Promise<void> {
  await ask("Start", "create_agent", ids, {});
}

export async function resolveEffect(
  { effectId, agentId, name }: UnknownEffect,
  resolution: EffectResolution,
): Promise<void> {
  await withReceipt(`Resolve ${name} of ${agentId}`, agentId, async () => {
    const path = `/api/effects/${encodeURIComponent(effectId)}/resolve`;
    const { action_id } = await postJson<Receipt>(path, { ...resolution, actor: ACTOR });
    return [action_id];
  });
}

/** Sends one action for each agent, in as few requests as their limits allow. */
async function ask(
  verb: string,
  action: ActionName,
  ids: readonly string[],
  payload: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const [first = null] = ids;
  if (first === null) return false;
  const title = `${verb} ${ids.length === 1 ? first : plural(ids.length, "agent")}`;
  return await withReceipt(title, ids.length === 1 ? first : null, async () => {
    const sent: string[] = [];
    for (const batch of batchesOf(ids, payload)) {
      const rows = batch.map((agent_id) => ({
        action,
        actor: ACTOR,
        payload: { agent_id, ...payload },
      }));
      const { action_ids } = await postJson<{ action_ids: string[] }>("/api/actions", rows);
      sent.push(...action_ids);
    }
    return sent;
  });
}

async function withReceipt(
  title: string,
  agentId: string | null,
  send: () => Promise<readonly string[]>,
): Promise<boolean> {
  const key = receipts.open(title, agentId, timeNow());
  touchReceipts();
  try {
    receipts.take(key, await send(), timeNow());
    touchReceipts();
    return true;
  } catch (error) {
    receipts.refuse(key, errorDataOf(error), timeNow());
    touchReceipts();
    return false;
  }
}

/**
 * Checks regularly for outcomes that no event has reported, for example after a lost connection.
 */
export function watchReceipts(): void {
  setInterval(() => void readOutcomes(), CHECK_PERIOD_MS);
}

async function readOutcomes(): Promise<void> {
  const ids = receipts.waitingIds();
  if (ids.length === 0) return;
  try {
    const found = ids.length > READ_SINGLY_MAX ? await readLatest() : await readEach(ids);
    for (const { id, outcome, agent_id, error, processed_at } of found) {
      if (outcome === null) continue;
      receipts.settle(id, { outcome, agentId: agent_id, error }, processed_at ?? timeNow());
    }
    touchReceipts();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}

async function readLatest(): Promise<readonly ActionView[]> {
  const page = await getJson<{ items: ActionView[] }>("/api/actions?status=processed&limit=1000");
  return page.items;
}

async function readEach(ids: readonly string[]): Promise<readonly ActionView[]> {
  return await Promise.all(
    ids.map((id) => getJson<ActionView>(`/api/actions/${encodeURIComponent(id)}`)),
  );
}
