/** The way to the field for guidance on an agent's page, and the drafts of its agents. */

import { signal } from "@preact/signals";
import { interruptAgents } from "./commands.ts";
import { openDialog } from "./dialogs.ts";
import { go } from "./navigation.ts";
import { route } from "./page-store.ts";
import { emptyGuidance, type GuidanceDraft } from "./state/guidance-draft.ts";
import { agentPage } from "./state/route.ts";

/** Drafts kept; the oldest are dropped first. */
const DRAFTS_KEPT_MAX = 100;
export const composerId = "composer";

/** By agent, or by the ids of several: a draft outlives a look at another tab or another agent. */
const drafts = signal<ReadonlyMap<string, GuidanceDraft>>(new Map());

/** True while the field was asked for and is not rendered: keys typed meanwhile are for it. */
let isSought = false;

export function draftOf(place: string): GuidanceDraft {
  return drafts.value.get(place) ?? emptyGuidance;
}

export function keepDraft(place: string, draft: GuidanceDraft): void {
  const others = [...drafts.value].filter(([other]) => other !== place);
  drafts.value = new Map([...others, [place, draft] as const].slice(-DRAFTS_KEPT_MAX));
}

/** Empties the draft and sends what was read from it. */
export async function sendDraft(
  place: string,
  agentIds: readonly string[],
  guidance: Readonly<Record<string, unknown>>,
): Promise<void> {
  const draft = draftOf(place);
  keepDraft(place, { ...draft, text: "" });
  const isAccepted = await interruptAgents(agentIds, guidance, draft.mode);
  // What was refused can be sent again, unless something else was typed meanwhile.
  if (!isAccepted && draftOf(place).text === "") keepDraft(place, draft);
}

/** Opens the transcript of the agent with the focus in the field. */
export function seekComposer(agentId: string): void {
  const { value } = route;
  const isThere = value.page === "agent" && value.id === agentId && value.tab === undefined;
  if (isThere) {
    focusComposer();
    return;
  }
  isSought = true;
  go(agentPage(agentId));
}

/** Guidance for one agent is written on its page, for several in a dialog. */
export function openInterrupt(ids: readonly string[]): void {
  const [first, ...others] = ids;
  if (first === undefined) return;
  if (others.length === 0) seekComposer(first);
  else openDialog({ kind: "interrupt", ids });
}

export function isComposerSought(): boolean {
  return isSought;
}

/** Called once the page is rendered. */
export function focusIfSought(): void {
  if (!isSought) return;
  isSought = false;
  focusComposer();
}

/** The field does not exist if the agent has ended: then the focus is left where it is. */
function focusComposer(): void {
  const focus = () => document.getElementById(composerId)?.focus();
  const dialog = document.querySelector("dialog[open]");
  if (dialog === null) focus();
  // The browser returns the focus to where it was when the dialog closes.
  else dialog.addEventListener("close", focus, { once: true });
}
