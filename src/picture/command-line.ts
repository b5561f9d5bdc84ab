/**
 * The commands that one types, in the page's palette and in `troupe top`, as `:pause type=joke`. Pure.
 * The filters are those of the list's address, and everything else that has a value is guidance.
 */

import { agentActions, type DeclaredAction } from "../model/actions/action-registry.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import { type CommandWords, readWords } from "./command-words.ts";
import {
  type AgentChoice,
  choiceWords,
  everyAgent,
  isQueryWord,
  type ListQuery,
  listQueryDefault,
  withQueryWord,
} from "./list-query.ts";

export type Command =
  | SteerCommand
  | { readonly kind: "list"; readonly query: ListQuery }
  | { readonly kind: "open"; readonly agentId: string }
  | CreateCommand
  | { readonly kind: "view" | "save" | "forget"; readonly name: string }
  | { readonly kind: "go"; readonly place: CommandPlace };

export interface SteerCommand {
  readonly kind: "steer";
  readonly action: DeclaredAction;
  readonly targets: CommandTargets;
  /** Of an interrupt; null if none was typed. */
  readonly guidance: Readonly<Record<string, unknown>> | null;
}

/** What was not typed is null. */
export interface CreateCommand {
  readonly kind: "create";
  readonly type: string | null;
  readonly id: string | null;
  readonly subject: string | null;
}

/** The marked agents if none is named. */
export type CommandTargets =
  | { readonly kind: "marked" }
  | { readonly kind: "ids"; readonly ids: readonly string[] }
  | { readonly kind: "chosen"; readonly choice: AgentChoice };

const commandPlaces = ["agents", "queue", "help"] as const;
export type CommandPlace = (typeof commandPlaces)[number];

const nameCommands = ["view", "save", "forget"] as const;

/** Every first word. */
export const commandNames: readonly string[] = [
  ...agentActions.map(({ word }) => word),
  ...["list", "open", "create"],
  ...nameCommands,
  ...commandPlaces,
];

export type ReadCommand =
  | { readonly isOk: true; readonly command: Command }
  | { readonly isOk: false; readonly error: string };

/** @param text without the colon that begins it */
export function readCommand(text: string): ReadCommand {
  const words = readWords(text);
  if (words.unclosed !== null) return refused(`${words.unclosed} needs a closing quote`);
  const [name, ...names] = words.names;
  if (name === undefined) {
    return words.settings.length === 0 ? refused("type a command") : readList(words.settings);
  }
  const action = agentActions.find(({ word }) => word === name);
  if (action !== undefined) return readSteering(action, { ...words, names });
  if (name === "list") return names.length === 0 ? readList(words.settings) : tooMany(name, names);
  if (name === "create") return readCreation({ ...words, names });
  const place = commandPlaces.find((known) => known === name);
  if (place !== undefined) {
    return names.length === 0 ? done({ kind: "go", place }) : tooMany(name, names);
  }
  return readNamed(name, names);
}

/** Commands whose only word is a name; it may have spaces. */
function readNamed(name: string, names: readonly string[]): ReadCommand {
  const [first] = names;
  const kind = nameCommands.find((known) => known === name);
  if (kind !== undefined) {
    return first === undefined
      ? refused(`${kind} needs the name of a view`)
      : done({ kind, name: names.join(" ") });
  }
  if (name !== "open") {
    return refused(`${name} is no command; commands are ${commandNames.join(", ")}`);
  }
  if (first === undefined) return refused("open needs the id of an agent");
  return names.length === 1 ? done({ kind: "open", agentId: first }) : tooMany("open", names);
}

function readList(settings: CommandWords["settings"]): ReadCommand {
  let query = listQueryDefault;
  for (const [name, value] of settings) {
    if (!isQueryWord(name)) return refused(`${name} is no filter of the list`);
    const read = withQueryWord(query, name, value);
    if (!read.isOk) return refused(read.error);
    query = read.query;
  }
  return done({ kind: "list", query });
}

const creationSettings = ["id", "subject"];

function readCreation({ names, settings, json }: CommandWords): ReadCommand {
  const [type = null, ...more] = names;
  if (more.length > 0) return tooMany("create", names);
  const strange = settings.find(([name]) => !creationSettings.includes(name))?.[0] ?? json;
  if (strange !== null) return refused(`create takes a type, id= and subject=, got ${strange}`);
  const { id = null, subject = null } = Object.fromEntries(settings);
  return done({ kind: "create", type, id, subject });
}

function readSteering(
  action: DeclaredAction,
  { names, settings, json }: CommandWords,
): ReadCommand {
  const takesGuidance = action.name === "agent_interrupt";
  const choosing = settings.filter(([name]) => isQueryWord(name));
  const others = settings.filter(([name]) => !isQueryWord(name));
  const [stranger] = others;
  if (!takesGuidance && (stranger !== undefined || json !== null)) {
    return refused(`${action.word} takes no guidance, got ${stranger?.[0] ?? json}`);
  }
  if (others.length > 0 && json !== null) {
    return refused("guidance is either words such as subject=dogs or one JSON object");
  }
  const guidance = json === null ? Object.fromEntries(others) : parseJsonObject(json);
  if (guidance === undefined) return refused("the guidance must be a JSON object");
  const targets = readTargets(action, names, choosing);
  if (typeof targets === "string") return refused(targets);
  const isGiven = Object.keys(guidance).length > 0;
  return done({ kind: "steer", action, targets, guidance: isGiven ? guidance : null });
}

function readTargets(
  { word }: DeclaredAction,
  names: readonly string[],
  settings: CommandWords["settings"],
): CommandTargets | string {
  const isAll = names.includes("all");
  if (names.length > (isAll ? 1 : 0) && (isAll || settings.length > 0)) {
    return `${word} takes ids, or filters, or all, not several of these`;
  }
  if (names.length > 0 && !isAll) return { kind: "ids", ids: [...new Set(names)] };
  if (isAll && settings.length === 0) return { kind: "chosen", choice: everyAgent };
  if (settings.length === 0) return { kind: "marked" };
  const strange = settings.find(([name]) => !choiceWords.some((word) => word === name));
  if (strange !== undefined) return `${strange[0]} chooses no agents; ${choiceWords.join(", ")} do`;
  // It would choose every agent.
  const empty = settings.find(([, value]) => value.trim() === "");
  if (empty !== undefined) return `${empty[0]}= needs a value; ${word} all is for all agents`;
  const read = readList(settings);
  if (!read.isOk) return read.error;
  return read.command.kind === "list" ? { kind: "chosen", choice: read.command.query } : "";
}

function tooMany(name: string, names: readonly string[]): ReadCommand {
  return refused(`${name} does not take ${names.at(-1)}`);
}

function refused(error: string): ReadCommand {
  return { isOk: false, error };
}

function done(command: Command): ReadCommand {
  return { isOk: true, command };
}
