/** Creates an agent, for the form. */

import type { ActionView } from "../model/agent-view.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { Receipt } from "../model/response.ts";
import { showRepeat } from "./commands.ts";
import { errorDataOf, newKey, postJson } from "./link/api.ts";
import { isUnanswered, untilAnswered } from "./link/until-answered.ts";
import { receipts, touchReceipts } from "./page-store.ts";
import { ACTOR } from "./send-batches.ts";
import { timeNow } from "./server-time.ts";

/** Seconds that the form waits for the outcome. */
const CREATE_WAIT_SECONDS = 10;

export interface CreateRequest {
  readonly agent_id: string | undefined;
  readonly agent_type: string;
  readonly initial_subject: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
}

export type CreateAnswer =
  | { readonly isCreated: true; readonly agentId: string }
  | { readonly isCreated: false; readonly error: ErrorData; readonly isUnanswered?: boolean };

/**
 * Creates an agent and waits a while for the outcome. While the form is open it shows a refusal
 * itself, without a receipt; an agent that takes longer to start has one.
 */
export async function createAgent(
  request: CreateRequest,
  isFormOpen: () => boolean,
): Promise<CreateAnswer> {
  const title = `Create ${request.agent_id ?? `an agent of type ${request.agent_type}`}`;
  const receipt = receipts.open(title, request.agent_id ?? null, timeNow());
  touchReceipts();
  try {
    const ended = await sendCreate(request, receipt);
    if (!ended.isCreated) endRefused(receipt, ended.error, isFormOpen());
    touchReceipts();
    return ended;
  } catch (error) {
    if (isUnanswered(error)) receipts.giveUp(receipt, errorDataOf(error), timeNow());
    else endRefused(receipt, errorDataOf(error), isFormOpen());
    touchReceipts();
    return { isCreated: false, error: errorDataOf(error), isUnanswered: isUnanswered(error) };
  }
}

function endRefused(receipt: number, error: ErrorData, isFormOpen: boolean): void {
  if (isFormOpen) receipts.dismiss(receipt);
  else receipts.refuse(receipt, error, timeNow());
}

/** The last request to create an agent that was not answered: the same form, sent again, is the same request. */
let unansweredCreate: {
  readonly body: string;
  readonly key: string;
  readonly receipt: number;
} | null = null;

/**
 * Sends the request. If it is an earlier one that was not answered, its receipt is replaced.
 * @throws {RequestError}
 */
async function sendCreate(request: CreateRequest, receipt: number): Promise<CreateAnswer> {
  const body = JSON.stringify(request);
  const earlier = unansweredCreate?.body === body ? unansweredCreate : null;
  const key = earlier?.key ?? newKey();
  unansweredCreate = { body, key, receipt };
  const headers = { prefer: `wait=${CREATE_WAIT_SECONDS}` };
  const send = () =>
    postJson<ActionView | Receipt>("/api/agents", { ...request, actor: ACTOR }, { key, headers });
  try {
    const ended = takeCreated(await untilAnswered(send, () => showRepeat(receipt)), receipt);
    unansweredCreate = null;
    if (earlier !== null) receipts.dismiss(earlier.receipt);
    return ended;
  } catch (error) {
    if (!isUnanswered(error)) unansweredCreate = null;
    else if (earlier !== null) receipts.dismiss(earlier.receipt);
    throw error;
  }
}

function takeCreated(answer: ActionView | Receipt, receipt: number): CreateAnswer {
  const agentId = answer.agent_id ?? "";
  if ("action_id" in answer) {
    receipts.take(receipt, [answer.action_id], timeNow());
    return { isCreated: true, agentId };
  }
  const { id, outcome, error } = answer;
  if (outcome !== null && outcome !== "done") {
    return { isCreated: false, error: error ?? { code: outcome, message: "no reason given" } };
  }
  receipts.take(receipt, [id], timeNow());
  if (outcome !== null) receipts.settle(id, { outcome, agentId, error }, timeNow());
  return { isCreated: true, agentId };
}
