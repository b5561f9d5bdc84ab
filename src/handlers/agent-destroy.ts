/**
 * `agent_destroy`: ends an agent, with or without its consent, and its older actions that wait for
 * a later time. The lane continues once the agent's thread has ended; done once its row is
 * `stopped`. The note is the receipt: which rung of the stop ladder ended it, and when each was
 * reached.
 */

import { type Action, type ActionRow, parseAction } from "../model/action.ts";
import { AGENT_TYPE_DEFAULT, type ExitReason } from "../model/agent.ts";
import { TroupeError } from "../model/errors.ts";
import type { Done } from "../queue/dispatcher.ts";
import type { NewAgent } from "../supervisor/new-agent-row.ts";
import { newAgentOf } from "./create-agent.ts";
import type { Handler, HandlerDeps } from "./handler.ts";

/** How an agent's thread ended, as text. */
const HOW_TEXTS: Readonly<Record<ExitReason["rung"], string>> = {
  none: "none of its code was running",
  cooperative: "it ended when it was asked to",
  terminated: "its thread was terminated, because it did not end in time",
  zombie: "its thread is in a call that cannot be stopped, and ends with that call",
};

export const agentDestroy: Handler<"agent_destroy"> = async (action, deps) => {
  const { id, agentId } = action;
  // In parallel: a stop must not wait for the queue.
  const [ended, done] = await Promise.allSettled([deps.endOlder(id, agentId), stop(action, deps)]);
  if (ended.status === "rejected") throw ended.reason;
  if (done.status === "fulfilled") return done.value;
  const isUnknown = done.reason instanceof TroupeError && done.reason.code === "AGENT_UNKNOWN";
  const create = ended.value.findLast((row) => row.action === "create_agent");
  if (!isUnknown || ended.value.length === 0) throw done.reason;
  const unborn =
    create && (await deps.supervisor.destroyUnborn(agentId, unbornAgent(create, deps), id));
  await unborn?.stored;
  const message = `${agentId} did not exist yet; the actions queued for it were withdrawn`;
  const details = { actions: ended.value.length };
  return { note: { code: "ACTION_WITHDRAWN", message, details } };
};

/** The agent that the create would have started; defaults if the create would have been rejected. */
function unbornAgent(create: ActionRow, { catalog }: HandlerDeps): NewAgent {
  try {
    const { payload } = parseAction(create) as Action<"create_agent">;
    return newAgentOf(payload, undefined, catalog);
  } catch {
    return { agentType: AGENT_TYPE_DEFAULT, subject: null, config: {} };
  }
}

async function stop(
  { id, agentId, payload }: Action<"agent_destroy">,
  { supervisor }: HandlerDeps,
): Promise<Done> {
  const { status } = await supervisor.getRow(agentId);
  const agent = supervisor.find(agentId);
  if (status === "stopped" && agent === undefined) return { isEffectless: true };
  if (agent?.ended !== undefined) return { stored: agent.ended, isEffectless: true };
  // A stopped agent that the supervisor still has is not stored as stopped yet.
  const { receipt, stored } = await supervisor.end(agentId, id, payload.reason);
  const message = `${agentId} is stopped: ${HOW_TEXTS[receipt.rung]}, after ${receipt.took_ms} ms`;
  return { note: { code: "AGENT_STOPPED", message, details: { ...receipt } }, stored };
}
