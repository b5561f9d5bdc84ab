/** What needs attention in `troupe top`: which cause is selected, and what a key does with it. Pure. */

import { agentResume } from "../../model/actions/agent-resume.ts";
import { createAgent } from "../../model/actions/create-agent.ts";
import { everyAgent } from "../../picture/list-query.ts";
import { plural } from "../../picture/number-text.ts";
import type { TroubleCause } from "../../picture/trouble-causes.ts";
import { verbOf } from "../../picture/trouble-text.ts";
import type { ListView } from "./list-view.ts";
import { placesOf } from "./moving-keys.ts";
import {
  type Act,
  ask,
  isEnter,
  type Key,
  type NeedsView,
  type Pressed,
  say,
  type TopState,
} from "./state.ts";

export const firstNeeds: NeedsView = { selectedId: undefined };

/** Causes by which a page is turned. */
const PAGE_CAUSES = 5;

export const needsKeys = ["esc back", "↑↓ select", "⏎ list its agents", "r resume, start again"];

/** Index of the selected cause; the first if it has passed. */
export function selectedCause(causes: readonly TroubleCause[], { selectedId }: NeedsView): number {
  return Math.max(
    0,
    causes.findIndex(({ id }) => id === selectedId),
  );
}

export function pressInNeeds(state: TopState, needs: NeedsView, key: Key): Pressed {
  const { causes } = state;
  if (key.name === "escape" || key.text === "q" || key.text === "n") {
    return { state: { ...state, needs: undefined } };
  }
  const at = selectedCause(causes, needs);
  const places = placesOf(key, PAGE_CAUSES);
  if (places !== undefined) {
    const next = causes[Math.min(Math.max(at + places, 0), causes.length - 1)];
    return { state: { ...state, needs: { selectedId: next?.id } } };
  }
  const cause = causes[at];
  if (cause === undefined) return { state };
  if (isEnter(key)) return { state: listAgentsOf(state, cause) };
  return key.text === "r" ? { state: askForAll(state, cause) } : { state };
}

/** Its agents in the table, where each can be steered. */
function listAgentsOf(state: TopState, { id, agents }: TroubleCause): TopState {
  if (agents.length === 0) return say(state, "this concerns the whole fleet, not single agents");
  const choice = { ...everyAgent, cause: id };
  const view: ListView = { ...state.view, choice, filter: "all", search: "", first: 0 };
  return { ...state, needs: undefined, view };
}

function askForAll(state: TopState, { trouble, agents }: TroubleCause): TopState {
  const verb = verbOf(trouble);
  if (verb !== "resume" && verb !== "start") {
    return say(state, "its agents can be neither resumed nor started; Enter lists them");
  }
  const title = `${verb} ${plural(agents.length, "agent")}${verb === "start" ? " again" : ""}`;
  const action = verb === "resume" ? agentResume : createAgent;
  const act: Act = { kind: "act", action, agentIds: agents.map(({ id }) => id), payload: {} };
  return ask(state, { kind: "all", title, act });
}
