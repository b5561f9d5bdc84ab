/**
 * The keys of the page. Fields and dialogs keep their own keys; keys with Ctrl or Alt are the
 * browser's.
 */

import {
  capitalize,
  type DeclaredAction,
  directActions,
  keyedActions,
} from "../model/actions/action-registry.ts";
import { agentDestroy } from "../model/actions/agent-destroy.ts";
import { agentInterrupt } from "../model/actions/agent-interrupt.ts";
import { steerAgents } from "./commands.ts";
import { dialog, forgetDialog, isDialogOpen, openDialog } from "./dialogs.ts";
import { isComposerSought, openInterrupt } from "./guidance-drafts.ts";
import { areLettersKeys } from "./letter-keys.ts";
import {
  bringActiveIntoSight,
  clearSelection,
  go,
  isInGrid,
  listedActive,
  markedTargets,
  moveActive,
  seenTargets,
  toggleAllSelected,
  toggleSelected,
} from "./navigation.ts";
import { route } from "./page-store.ts";

/** The lines of the help, in this order. */
export const keyHelp: readonly (readonly [keys: string, meaning: string])[] = [
  ["J  ↓", "Next agent"],
  ["K  ↑", "Previous agent"],
  ["Enter", "Open the agent"],
  ["X", "Select; Shift X selects a range"],
  ["Ctrl A", "Select all listed agents"],
  ["/", "Search"],
  ...keyedActions.map(({ key, word }) => [key.toUpperCase(), capitalize(word)] as const),
  ["Ctrl K", "Commands; : does the same"],
  ["C", "Create an agent"],
  ["Q", "Queue"],
  ["T", "Timeline"],
  ["L", "List of agents"],
  ["N", "What needs you"],
  ["?", "Show this help"],
  ["Esc", "Close, clear the selection, go back"],
];

const LINES_A_PAGE = 15;
/** Keys that are kept while the palette's code is loaded; further ones are dropped. */
const KEYS_AHEAD_MAX = 500;

const keys: Readonly<Record<string, (event: KeyboardEvent) => void>> = {
  j: () => moveActive(1),
  k: () => moveActive(-1),
  ArrowDown: () => moveActive(1),
  ArrowUp: () => moveActive(-1),
  PageDown: () => moveActive(LINES_A_PAGE),
  PageUp: () => moveActive(-LINES_A_PAGE),
  Home: () => moveActive(Number.NEGATIVE_INFINITY),
  End: () => moveActive(Number.POSITIVE_INFINITY),
  Enter: openActive,
  x: () => selectActive(false),
  X: () => selectActive(true),
  " ": () => selectActive(false),
  "/": focusSearch,
  ...Object.fromEntries(directActions.map((action) => [action.key, steerOnce(action)])),
  [agentInterrupt.key]: () => openInterrupt(seenTargets()),
  [agentDestroy.key]: askToDestroy,
  ":": openPalette,
  c: () => go({ page: "create" }),
  q: () => go({ page: "queue" }),
  t: () => go({ page: "timeline" }),
  l: () => go({ page: "agents" }),
  n: () => go({ page: "trouble" }),
  "?": () => openDialog({ kind: "help" }),
  Escape: stepBack,
};

/** Keys of the list: on an agent's page they work only if the list next to it has the focus. */
const listLetters = new Set(["j", "k", "x", "X"]);

/** Keys that other elements use too: they work in the list and if nothing has the focus. */
const listKeys = new Set([
  "ArrowDown",
  "ArrowUp",
  "PageDown",
  "PageUp",
  "Home",
  "End",
  "Enter",
  " ",
]);

export function listenToKeys(): void {
  addEventListener("keydown", pressOnce, { capture: true });
  addEventListener("keydown", (event) => {
    if (isPaletteLoading()) take(event, () => typeAhead(event));
    else if (!isElsewhere()) onKey(event);
  });
}

/**
 * Enter that is held down presses a button and sends a form once: it would pause and resume an agent in
 * turn, and answer the dialog that its first press opened.
 */
function pressOnce(event: KeyboardEvent): void {
  const { key, repeat, target } = event;
  if (key !== "Enter" || !repeat || !(target instanceof Element)) return;
  const isText = target.matches("textarea") && !event.ctrlKey && !event.metaKey;
  if (isText) return;
  event.preventDefault();
  event.stopPropagation();
}

function onKey(event: KeyboardEvent): void {
  const act = actOf(event);
  if (act !== undefined) take(event, () => act(event));
}

/** What the page does with the key, if it is for the page. */
function actOf(event: KeyboardEvent): ((event: KeyboardEvent) => void) | undefined {
  // Also while somebody types: the browser has no use for these keys there.
  if (isPaletteKey(event)) return openPalette;
  if (isTyping(event)) return undefined;
  if (isSelectAll(event)) return toggleAllSelected;
  if (event.ctrlKey || event.metaKey || event.altKey || !isInScope(event)) return undefined;
  if (isCharacter(event) && !areLettersKeys.value) return undefined;
  return keys[event.key];
}

/** The palette is open, and its code is not there yet. */
function isPaletteLoading(): boolean {
  return dialog.value?.kind === "palette" && document.querySelector("dialog[open]") === null;
}

/** Keeps what is typed for the palette, which acts on it as if it had been there. */
function typeAhead({ key, ctrlKey, metaKey, altKey, repeat }: KeyboardEvent): void {
  const opened = dialog.value;
  if (opened?.kind !== "palette" || ctrlKey || metaKey || altKey) return;
  const { keys: typed = [] } = opened;
  // One that is held down commands nothing a second time.
  if (key === "Escape") forgetDialog();
  else if (typed.length < KEYS_AHEAD_MAX && !(repeat && key === "Enter"))
    openDialog({ ...opened, keys: [...typed, key] });
}

/** A dialog has the keys, or the field for guidance will. */
function isElsewhere(): boolean {
  return isComposerSought() || isDialogOpen() || route.value.page === "create";
}

function take(event: KeyboardEvent, act: () => void): void {
  event.preventDefault();
  act();
}

function isTyping({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement) || !target.matches("input, textarea, select")) return false;
  if (target.matches("input[type=checkbox]")) return key === " ";
  // The search returns the focus to the list.
  if (target.matches("input[type=search]") && (key === "Escape" || key === "Enter")) target.blur();
  return true;
}

function isPaletteKey({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === "k" && (ctrlKey || metaKey);
}

/** Arrows, Enter and Space are not: they are for the list that has the focus. */
function isCharacter({ key }: KeyboardEvent): boolean {
  return key.length === 1 && key !== " ";
}

function isSelectAll({ key, ctrlKey, metaKey, target }: KeyboardEvent): boolean {
  return (
    key === "a" && (ctrlKey || metaKey) && target instanceof Element && target.matches("table")
  );
}

function isInScope({ key, target }: KeyboardEvent): boolean {
  const isLetter = listLetters.has(key);
  if (!isLetter && !listKeys.has(key)) return true;
  // A hidden list, or one next to the page, does not move from there: the keys scroll the page.
  if (isInGrid(target)) return true;
  if (route.value.page !== "agents") return false;
  return isLetter || isNowhere(target);
}

/** The heading has the focus if nothing else has it. */
function isNowhere(target: EventTarget | null): boolean {
  return target === document.body || (target instanceof Element && target.matches("h1"));
}

function openActive(): void {
  const id = listedActive();
  if (id === null) return;
  const { value } = route;
  const isOpen = value.page === "agent" && value.id === id;
  if (isOpen) document.querySelector<HTMLElement>(".agent-head h1")?.focus();
  else go({ page: "agent", id });
}

function selectActive(isRange: boolean): void {
  const id = listedActive();
  if (id !== null && !bringActiveIntoSight(id)) toggleSelected(id, isRange);
}

/** A key that is held down requests nothing a second time. */
function steerOnce(action: DeclaredAction): (event: KeyboardEvent) => void {
  return ({ repeat }) => {
    if (!repeat) void steerAgents(action, seenTargets());
  };
}

function openPalette(): void {
  openDialog({ kind: "palette", text: "", marked: markedTargets() });
}

function askToDestroy(): void {
  const ids = seenTargets();
  if (ids.length > 0) openDialog({ kind: "destroy", ids });
}

/** Immediately if the field exists: the next letters would be taken for keys of the page. */
function focusSearch(): void {
  const { page } = route.value;
  if (page !== "agents" && page !== "queue" && page !== "timeline") go({ page: "agents" });
  if (selectSearch()) return;
  // The list must be rendered first.
  requestAnimationFrame(() => void selectSearch());
}

function selectSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>("input[type=search]");
  search?.select();
  return search !== null;
}

/** One step back: from a page to the list, and there the selection is cleared. */
function stepBack(): void {
  if (route.value.page !== "agents") go({ page: "agents" });
  else clearSelection();
}
