/** What a typed command changes in `troupe top`, or requests of the fleet. Pure. */

import { agentDestroy } from "../../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../../model/actions/agent-interrupt.ts";
import { createAgent } from "../../model/actions/create-agent.ts";
import { defined } from "../../model/defined.ts";
import { isLargeFirst } from "../../picture/agent-order.ts";
import {
  type Command,
  type CommandPlace,
  type CreateCommand,
  readCommand,
  type SteerCommand,
} from "../../picture/command-line.ts";
import { findTargets } from "../../picture/command-targets.ts";
import type { FleetPicture } from "../../picture/fleet-picture.ts";
import type { ListQuery } from "../../picture/list-query.ts";
import { findView, standardViews } from "../../picture/standard-views.ts";
import { type SortKey, sortKeys } from "./list-view.ts";
import { type Pressed, say, type TopState } from "./state.ts";

export function carryCommand(state: TopState, text: string, fleet: FleetPicture): Pressed {
  const read = readCommand(text);
  if (!read.isOk) return refused(state, read.error);
  const { command } = read;
  switch (command.kind) {
    case "steer":
      return steer(state, command, fleet);
    case "list":
      return list(state, command.query);
    case "open":
      return fleet.find(command.agentId) === undefined
        ? refused(state, `no agent ${command.agentId}`)
        : { state, effect: { kind: "show", agentId: command.agentId } };
    case "create":
      return create(state, command);
    case "go":
      return goTo(state, command.place);
    case "view":
    case "save":
    case "forget":
      return showView(state, command);
  }
}

function steer(state: TopState, command: SteerCommand, fleet: FleetPicture): Pressed {
  const { details, view } = state;
  const marked = details?.agentId ?? view.selectedId;
  const targets = findTargets(command, fleet, marked === undefined ? [] : [marked]);
  if (!targets.isOk) return refused(state, targets.error);
  const { ids: agentIds } = targets;
  const { action, guidance } = command;
  if (action.name === agentDestroy.name)
    return { state: { ...state, prompt: { kind: "destroy", agentIds } } };
  if (action.name === agentInterrupt.name && guidance === null) {
    return { state: { ...state, prompt: { kind: "interrupt", text: "", agentIds } } };
  }
  const payload = guidance === null ? {} : { guidance };
  return { state, effect: { kind: "act", action, agentIds, payload } };
}

/** The whole query: what the keys have filtered before no longer counts. */
function list(state: TopState, query: ListQuery): Pressed {
  const { search, sort, isDescending } = query;
  const shown: SortKey | undefined = sortKeys.find((key) => key === sort);
  if (shown === undefined) return refused(state, `the table has no column ${sort}`);
  const view = {
    ...state.view,
    filter: "all" as const,
    choice: { ...query, search: "" },
    search,
    sort: shown,
    isReversed: isDescending !== isLargeFirst(shown),
  };
  return { state: { ...state, details: undefined, view } };
}

/** Without an id the session makes one. */
function create(state: TopState, { type, subject, id }: CreateCommand): Pressed {
  const payload = defined({ agent_type: type ?? undefined, initial_subject: subject ?? undefined });
  const agentIds = id === null ? [] : [id];
  return { state, effect: { kind: "act", action: createAgent, agentIds, payload } };
}

function goTo(state: TopState, place: CommandPlace): Pressed {
  if (place === "queue")
    return refused(state, "top does not show the queue; troupe queue list does");
  return { state: { ...state, details: undefined, isHelpShown: place === "help" } };
}

function showView(
  state: TopState,
  { kind, name }: Extract<Command, { readonly name: string }>,
): Pressed {
  if (kind !== "view") return refused(state, `${kind}: views are kept by the page in a browser`);
  const view = findView(standardViews, name);
  if (view !== undefined) return list(state, view.query);
  const names = standardViews.map((known) => known.name.toLowerCase());
  return refused(state, `no view ${name}; there are ${names.join(", ")}`);
}

function refused(state: TopState, error: string): Pressed {
  return { state: say(state, error, "bad") };
}
