/** Carries out what was typed into the palette. */

import { agentDestroy } from "../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../model/actions/agent-interrupt.ts";
import { defined } from "../model/defined.ts";
import type {
  Command,
  CommandPlace,
  CreateCommand,
  SteerCommand,
} from "../picture/command-line.ts";
import { findTargets } from "../picture/command-targets.ts";
import type { ListQuery } from "../picture/list-query.ts";
import { findView } from "../picture/standard-views.ts";
import { interruptAgents, steerAgents } from "./commands.ts";
import { createDraft } from "./create-draft.ts";
import { openDialog } from "./dialogs.ts";
import { go } from "./navigation.ts";
import { fleet, query } from "./page-store.ts";
import { forgetView, saveView, views } from "./views.ts";

/**
 * Returns why it cannot be done, or null. Dialogs open once the palette has closed.
 * @param marked the agents that a key would act on
 */
export function runCommand(command: Command, marked: readonly string[]): string | null {
  switch (command.kind) {
    case "steer":
      return steer(command, marked);
    case "list":
      return list(command.query);
    case "open":
      if (fleet.value.find(command.agentId) === undefined) return `no agent ${command.agentId}`;
      return done(() => go({ page: "agent", id: command.agentId }));
    case "create":
      return create(command);
    case "view":
      return showView(command.name);
    case "save":
      return saveView(command.name);
    case "forget":
      return forgetView(command.name);
    case "go":
      return done(() => goTo(command.place));
  }
}

function steer(command: SteerCommand, marked: readonly string[]): string | null {
  const { action, guidance } = command;
  const found = findTargets(command, fleet.value, marked);
  if (!found.isOk) return found.error;
  const { ids } = found;
  if (action.name === agentDestroy.name) return done(() => openDialog({ kind: "destroy", ids }));
  if (action.name !== agentInterrupt.name) return done(() => void steerAgents(action, ids));
  if (guidance === null) return done(() => openDialog({ kind: "interrupt", ids }));
  return done(() => void interruptAgents(ids, guidance, "next"));
}

function create({ type, id, subject }: CreateCommand): null {
  createDraft.value = {
    ...createDraft.value,
    ...defined({ type: type ?? undefined, id: id ?? undefined, subject: subject ?? undefined }),
  };
  return done(() => go({ page: "create" }));
}

function list(wanted: ListQuery): null {
  query.value = wanted;
  return done(() => go({ page: "agents" }));
}

function showView(name: string): string | null {
  const view = findView(views.value, name);
  return view === undefined ? `no view ${name}` : list(view.query);
}

function goTo(place: CommandPlace): void {
  if (place === "help") openDialog({ kind: "help" });
  else go({ page: place });
}

function done(act: () => void): null {
  act();
  return null;
}
