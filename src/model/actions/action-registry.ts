/** The registry of actions: all declarations, with the types and lists derived from them. */

import type { XStatic } from "typebox/schema";
import type { ActionDeclaration } from "./action-declaration.ts";
import { agentDestroy } from "./agent-destroy.ts";
import { agentInterrupt } from "./agent-interrupt.ts";
import { agentPause } from "./agent-pause.ts";
import { agentRestart } from "./agent-restart.ts";
import { agentResume } from "./agent-resume.ts";
import { createAgent } from "./create-agent.ts";
import { effectResolve } from "./effect-resolve.ts";
import { environmentReload } from "./environment-reload.ts";

const declared = [
  createAgent,
  agentPause,
  agentResume,
  agentInterrupt,
  agentRestart,
  agentDestroy,
  effectResolve,
  environmentReload,
] as const;

type Declared = (typeof declared)[number];
export type ActionName = Declared["name"];
export type DeclarationOf<A extends ActionName> = Extract<Declared, { readonly name: A }>;
export type Payload<A extends ActionName> = XStatic<DeclarationOf<A>["payload"]>;

/** An action about an agent that needs nothing else: its payload is at most a reason. */
type PlainAction = {
  [A in ActionName]: DeclarationOf<A>["about"] extends "agent"
    ? keyof Payload<A> extends "reason"
      ? DeclarationOf<A>
      : never
    : never;
}[ActionName];
/** The library's verbs of these: `agentPause`. */
export type PlainVerb = `agent${Capitalize<PlainAction["word"]>}`;

/** A declaration, for code that handles all of them. */
export type DeclaredAction = ActionDeclaration & { readonly name: ActionName };
export type PlainDeclaration = DeclaredAction & PlainAction;

export const actions: readonly DeclaredAction[] = declared;
export const actionNames = actions.map(({ name }) => name);

/** They differ only in their handlers, so routes, verbs and commands are made for all of them together. */
export const plainActions = actions.filter(isPlain);

/** What agents are steered with. */
export const agentActions = actions.filter(({ about }) => about === "agent");

/** In the order in which `top` and the dashboard list them. */
export const keyedActions = actions.filter(hasKey);

/** Actions whose key acts immediately. */
export const directActions = plainActions.filter(hasKey).filter((action) => !action.asksFirst);

/** Names of the actions that overtake, that start an agent, and that are not about an agent. */
export const overtakingActions = namesOf(({ overtakes }) => overtakes === true);
export const startingActions = namesOf(({ about }) => about === "newAgent");
export const environmentActions = namesOf(({ about }) => about === "environment");
/** Actions of the environment share one lane, apart from every agent's. */
export const ENVIRONMENT_LANE = "*environment";

const byName: ReadonlyMap<string, DeclaredAction> = new Map(
  actions.map((action) => [action.name, action]),
);

export function findDeclaration(name: string): DeclaredAction | undefined {
  return byName.get(name);
}

export function isActionName(name: string): name is ActionName {
  return byName.has(name);
}

export function verbOf({ word }: PlainDeclaration): PlainVerb {
  return `agent${capitalize(word)}` as PlainVerb;
}

/** `Pause`. */
export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function isPlain(action: DeclaredAction): action is PlainDeclaration {
  const fields = Object.keys(action.payload.properties);
  return action.about === "agent" && fields.every((field) => field === "reason");
}

function hasKey<A extends DeclaredAction>(action: A): action is A & { readonly key: string } {
  return action.key !== undefined;
}

function namesOf(fits: (action: DeclaredAction) => boolean): readonly string[] {
  return actions.filter(fits).map(({ name }) => name);
}
