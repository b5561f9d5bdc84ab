/** What the palette offers for the text that was typed. Pure. */

import { agentActions, capitalize } from "../../model/actions/action-registry.ts";
import { compareNaturally } from "../../picture/agent-order.ts";
import {
  type Command,
  commandNames,
  readCommand,
  type SteerCommand,
} from "../../picture/command-line.ts";
import { findTargets } from "../../picture/command-targets.ts";
import { readWords } from "../../picture/command-words.ts";
import type { FleetPicture } from "../../picture/fleet-picture.ts";
import { queryWords } from "../../picture/list-query.ts";
import { agentsText, countText } from "../../picture/number-text.ts";
import type { NamedView } from "../../picture/standard-views.ts";
import { statuses } from "../../picture/status-tone.ts";

export interface PaletteWorld {
  readonly fleet: Pick<FleetPicture, "agents" | "find">;
  /** The agents that a key would act on. */
  readonly marked: readonly string[];
  readonly types: readonly string[];
  readonly views: readonly NamedView[];
}

export interface PaletteEntry {
  readonly title: string;
  readonly hint: string;
  /** Null if it only continues the text. */
  readonly command: Command | null;
  /** The text after it was taken with Tab, or instead of a command. */
  readonly text: string;
}

export interface PaletteOffer {
  readonly entries: readonly PaletteEntry[];
  /** Why the text cannot be carried out as it is; null if it can, or may still become something. */
  readonly error: string | null;
}

/** More agents are found by more letters. */
const AGENTS_MAX = 8;
const ENTRIES_MAX = 40;

export function paletteOffer(typed: string, world: PaletteWorld): PaletteOffer {
  const text = typed.replace(/^\s*:?\s*/, "");
  const asked = askedEntry(text, world);
  const found = continuations(text, world);
  const entries = asked.entry === null ? found : [asked.entry, ...found];
  return {
    entries: entries.slice(0, ENTRIES_MAX),
    error: entries.length === 0 ? asked.error : null,
  };
}

/** The text itself as a command. */
function askedEntry(
  text: string,
  world: PaletteWorld,
): { readonly entry: PaletteEntry | null; readonly error: string | null } {
  const read = readCommand(text);
  if (!read.isOk) return { entry: null, error: read.error };
  const { command } = read;
  if (command.kind !== "steer") return { entry: entryOf(command, text, text, ""), error: null };
  const targets = findTargets(command, world.fleet, world.marked);
  if (!targets.isOk) return { entry: null, error: targets.error };
  return { entry: entryOf(command, text, steerTitle(command, targets.ids), ""), error: null };
}

function steerTitle({ action, guidance }: SteerCommand, ids: readonly string[]): string {
  const more = guidance === null ? "" : `: ${JSON.stringify(guidance)}`;
  return `${capitalize(action.word)} ${agentsText(ids)}${more}`;
}

function entryOf(command: Command | null, text: string, title: string, hint: string): PaletteEntry {
  return { command, text, title, hint };
}

/** While the first word is typed everything that has it; after that what may follow. */
function continuations(text: string, world: PaletteWorld): readonly PaletteEntry[] {
  const at = text.lastIndexOf(" ");
  if (at === -1) return firstWords(text.toLowerCase(), world);
  const before = text.slice(0, at + 1);
  const last = text.slice(at + 1);
  const [name] = readWords(before).names;
  const isSteering = agentActions.some(({ word }) => word === name);
  if (name === "view" || name === "forget") return viewEntries(name, last, world);
  if (name === "create") return typeEntries(last, world);
  if (name === "open") return agentEntries(last, world);
  const offered = isSteering
    ? [...agentWords(last, world), ...settingWords(last, world)]
    : settingWords(last, world);
  return offered.map(({ word, hint }) => entryOf(null, before + word, before + word, hint));
}

function firstWords(start: string, world: PaletteWorld): readonly PaletteEntry[] {
  const verbs = commandNames
    .filter((name) => name.startsWith(start) && name !== start)
    .map((name) => verbEntry(name, world));
  if (start === "") return [...verbs, ...viewEntries("view", "", world)];
  return [
    ...verbs,
    ...agentEntries(start, world),
    ...viewEntries("view", start, world),
    ...typeEntries(start, world),
  ];
}

/** A verb that needs nothing else is a command by itself. */
function verbEntry(name: string, world: PaletteWorld): PaletteEntry {
  const command = askedEntry(name, world).entry?.command ?? null;
  const hint = hintOfMarked(command, world);
  const title = hint === "" ? capitalize(name) : `${capitalize(name)} ${agentsText(world.marked)}`;
  return entryOf(command, `${name} `, title, hint);
}

function hintOfMarked(command: Command | null, { marked }: PaletteWorld): string {
  if (command?.kind !== "steer") return "";
  return marked.length === 1 ? "the marked agent" : "the selected agents";
}

function agentEntries(part: string, { fleet }: PaletteWorld): readonly PaletteEntry[] {
  return agentsWith(part, fleet).map(({ id, type, status }) =>
    entryOf({ kind: "open", agentId: id }, `open ${id}`, id, `${type}, ${status}`),
  );
}

function agentsWith(part: string, { agents }: PaletteWorld["fleet"]) {
  const sought = part.toLowerCase();
  return agents
    .filter(({ id }) => id.toLowerCase().includes(sought))
    .sort((one, other) => rank(one.id) - rank(other.id) || compareNaturally(one.id, other.id))
    .slice(0, AGENTS_MAX);

  function rank(id: string): number {
    return id.toLowerCase().startsWith(sought) ? 0 : 1;
  }
}

function viewEntries(
  kind: "view" | "forget",
  part: string,
  { views }: PaletteWorld,
): readonly PaletteEntry[] {
  const sought = part.toLowerCase();
  const title = kind === "view" ? "View" : "Forget view";
  return views
    .filter(({ name }) => name.toLowerCase().includes(sought))
    .map(({ name }) => entryOf({ kind, name }, `${kind} ${name}`, `${title}: ${name}`, ""));
}

function typeEntries(part: string, { types }: PaletteWorld): readonly PaletteEntry[] {
  return types
    .filter((type) => type.toLowerCase().includes(part.toLowerCase()))
    .map((type) =>
      entryOf(
        { kind: "create", type, id: null, subject: null },
        `create ${type} `,
        `Create ${type}`,
        "type",
      ),
    );
}

interface OfferedWord {
  readonly word: string;
  readonly hint: string;
}

function agentWords(part: string, { fleet }: PaletteWorld): readonly OfferedWord[] {
  const all: OfferedWord = { word: "all", hint: countText(fleet.agents.length) };
  const found = agentsWith(part, fleet).map(({ id, status }) => ({ word: id, hint: status }));
  return "all".startsWith(part) && part !== "all" ? [all, ...found] : found;
}

/** `type=joke`, as far as it is typed. */
function settingWords(part: string, { types }: PaletteWorld): readonly OfferedWord[] {
  const known: readonly string[] = [
    ...types.map((type) => `type=${type}`),
    ...statuses.map((status) => `status=${status}`),
    ...queryWords.filter((word) => !["type", "status"].includes(word)).map((word) => `${word}=`),
  ];
  return known
    .filter((word) => word.startsWith(part) && word !== part)
    .map((word) => ({ word, hint: "" }));
}
