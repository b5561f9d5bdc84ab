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
import { plural } from "../picture/number-text.ts";
import { errorDataOf, getJson, getPages, newKey, postJson, RequestError } from "./link/api.ts";
import { isUnanswered, untilAnswered } from "./link/until-answered.ts";
import { receipts, touchReceipts } from "./page-store.ts";
import { ACTOR, isKeyForgotten, type SentActions, sendBatches } from "./send-batches.ts";
import { timeNow } from "./server-time.ts";
import { rowsSince } from "./state/rows-since.ts";
import { UnfinishedRequests } from "./state/unfinished-requests.ts";
import type { UnknownEffect } from "./state/unknown-effect.ts";

/** Milliseconds between two checks for outcomes that no event has reported. */
const CHECK_PERIOD_MS = 5_000;
/** Up to so many outcomes are read one by one. */
const READ_SINGLY_MAX = 20;
const ACTIONS_A_PAGE = 1_000;

/** What needs nothing but the agents. */
export async function steerAgents(
  action: DeclaredAction,
  ids: readonly string[],
  reason = "",
): Promise<void> {
  await ask(capitalize(action.word), action.name, ids, reason === "" ? {} : { reason });
}

/** The receipts of guidance that was not answered. */
const unanswered = new UnfinishedRequests<number>();

/**
 * True if the server accepted it for all of them. Guidance that was not answered and is sent again is the
 * same request: the receipt of its last sending replaces the others.
 */
export async function interruptAgents(
  ids: readonly string[],
  guidance: Readonly<Record<string, unknown>>,
  mode: "next" | "now",
): Promise<boolean> {
  const payload = { guidance, mode };
  const body = JSON.stringify([ids, payload]);
  const earlier = unanswered.take(body, ids);
  const asked = await ask("Interrupt", "agent_interrupt", ids, payload);
  if (asked === null) return false;
  const { receipt, answer } = asked;
  const isReplaced = answer === "accepted" || answer === "unanswered";
  if (earlier !== undefined && isReplaced) receipts.dismiss(earlier);
  // A refusal does not say what became of the earlier sending.
  const open = answer === "unanswered" ? receipt : earlier;
  if (open !== undefined && (answer === "unanswered" || answer === "refused"))
    unanswered.keep(body, { key: open, agentIds: ids });
  touchReceipts();
  return answer === "accepted";
}

/** Starts agents again that have ended; their context and iteration are kept. */
export async function startAgents(ids: readonly string[]): Promise<void> {
  await ask("Start", "create_agent", ids, {});
}

export async function resolveEffect(
  { effectId, agentId, name }: UnknownEffect,
  resolution: EffectResolution,
): Promise<void> {
  await withReceipt(`Resolve ${name} of ${agentId}`, agentId, async (post) => {
    const path = `/api/effects/${encodeURIComponent(effectId)}/resolve`;
    const { action_id } = await post<Receipt>(path, { ...resolution, actor: ACTOR });
    return { actionIds: [action_id], rest: null };
  });
}

interface Asked {
  readonly receipt: number;
  /**
   * `refused` and `unanswered`: all of it or a part · `forgotten`: refused, and sent again it is another
   * request.
   */
  readonly answer: "accepted" | "refused" | "forgotten" | "unanswered";
}

async function ask(
  verb: string,
  action: ActionName,
  agentIds: readonly string[],
  payload: Readonly<Record<string, unknown>>,
): Promise<Asked | null> {
  const [first = null] = agentIds;
  if (first === null) return null;
  const isOne = agentIds.length === 1;
  const title = `${verb} ${isOne ? first : plural(agentIds.length, "agent")}`;
  return await withReceipt(title, isOne ? first : null, (post) =>
    sendBatches({ action, agentIds, payload }, async (rows, key) => {
      const { action_ids } = await post<{ action_ids: string[] }>("/api/actions", rows, key);
      return action_ids;
    }),
  );
}

/** Sends a request until it is answered. */
type Post = <T>(path: string, body: unknown, key?: string) => Promise<T>;

async function withReceipt(
  title: string,
  agentId: string | null,
  send: (post: Post) => Promise<SentActions>,
): Promise<Asked> {
  const receipt = receipts.open(title, agentId, timeNow());
  touchReceipts();
  const post: Post = (path, body, key = newKey()) =>
    untilAnswered(
      () => postJson(path, body, { key }),
      () => showRepeat(receipt),
    );
  try {
    const { actionIds, rest } = await send(post);
    receipts.take(receipt, actionIds, timeNow(), rest);
    return {
      receipt,
      answer: rest === null ? "accepted" : answerOf(rest.error, rest.unanswered > 0),
    };
  } catch (error) {
    const isLost = isUnanswered(error);
    const data = errorDataOf(error);
    if (isLost) receipts.giveUp(receipt, data, timeNow());
    else receipts.refuse(receipt, data, timeNow());
    return { receipt, answer: answerOf(data, isLost) };
  } finally {
    touchReceipts();
  }
}

function answerOf({ code }: ErrorData, isLost: boolean): Asked["answer"] {
  if (isLost) return "unanswered";
  return isKeyForgotten(code) ? "forgotten" : "refused";
}

/** The receipt shows that the request is sent again. */
export function showRepeat(receipt: number): void {
  receipts.repeat(receipt);
  touchReceipts();
}

/**
 * Checks regularly for outcomes that no event has reported, for example after a lost connection.
 */
export function watchReceipts(): void {
  // Not an interval: on a slow connection one check may take longer than the period.
  setTimeout(() => void readOutcomes().finally(watchReceipts), CHECK_PERIOD_MS);
}

async function readOutcomes(): Promise<void> {
  const ids = receipts.waitingIds();
  if (ids.length === 0) return;
  try {
    const found = ids.length > READ_SINGLY_MAX ? await readLatest() : await readEach(ids);
    const now = timeNow();
    // Oldest first: the last one ends the receipt.
    for (const { id, outcome, agent_id, error, processed_at } of found.toSorted(byEnd)) {
      if (outcome === null) continue;
      receipts.settle(id, { outcome, agentId: agent_id, error }, now, processed_at ?? now);
    }
    touchReceipts();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}

function byEnd(one: ActionView, other: ActionView): number {
  return (one.processed_at ?? 0) - (other.processed_at ?? 0);
}

async function readLatest(): Promise<readonly ActionView[]> {
  const query = { status: "processed", limit: ACTIONS_A_PAGE };
  return await rowsSince(getPages<ActionView>("/api/actions", query), receipts.waitingSince());
}

/** One that cannot be read must not hide the others. */
async function readEach(ids: readonly string[]): Promise<readonly ActionView[]> {
  const read = await Promise.allSettled(
    ids.map((id) => getJson<ActionView>(`/api/actions/${encodeURIComponent(id)}`)),
  );
  return read.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
}
