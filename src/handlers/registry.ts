/** The registry: one handler for each action, by type; a new action does not compile without one. */

import type { Action } from "../model/action.ts";
import { type ActionName, overtakingActions } from "../model/actions/action-registry.ts";
import type { Done } from "../queue/dispatcher.ts";
import { agentDestroy } from "./agent-destroy.ts";
import { agentInterrupt, repeatInterrupt } from "./agent-interrupt.ts";
import { agentPause } from "./agent-pause.ts";
import { agentRestart } from "./agent-restart.ts";
import { agentResume } from "./agent-resume.ts";
import { createAgent } from "./create-agent.ts";
import { effectResolve } from "./effect-resolve.ts";
import { environmentReload } from "./environment-reload.ts";
import type { Handler, HandlerDeps } from "./handler.ts";

const handlers: { readonly [A in ActionName]: Handler<A> } = {
  create_agent: createAgent,
  agent_pause: agentPause,
  agent_resume: agentResume,
  agent_interrupt: agentInterrupt,
  agent_restart: agentRestart,
  agent_destroy: agentDestroy,
  effect_resolve: effectResolve,
  environment_reload: environmentReload,
};

/** Calls the action's handler, unless its effect is already stored: effectively once. */
export async function handleAction(action: Action, deps: HandlerDeps): Promise<Done> {
  return (await findApplied(action, deps)) ?? (await callHandler(action, deps));
}

/**
 * The action has ended as done in an earlier process, which may have died before its effect was stored.
 */
export async function repeatAction(action: Action, deps: HandlerDeps): Promise<Done> {
  const applied = await findApplied(action, deps);
  if (applied !== undefined) return applied;
  if (action.action === "agent_interrupt") return await repeatInterrupt(action, deps);
  return await callHandler(action, deps);
}

async function findApplied(action: Action, deps: HandlerDeps): Promise<Done | undefined> {
  if (!("agentId" in action)) return undefined;
  const applied = await deps.supervisor.findApplied(action.agentId, action.id);
  if (applied === undefined) return undefined;
  // The process may have died between the two effects.
  if (overtakingActions.includes(action.action)) await deps.endOlder(action.id, action.agentId);
  return applied;
}

function callHandler<A extends ActionName>(action: Action<A>, deps: HandlerDeps): Promise<Done> {
  const handler: Handler<A> = handlers[action.action];
  return handler(action, deps);
}
