/** What `troupe top` shows besides the agents, and what it requests of the fleet. */

import type { Connection } from "../../fleet/event-iteration.ts";
import type { DeclaredAction } from "../../model/actions/action-registry.ts";
import type { FleetStats } from "../../model/event.ts";
import type { StatsSample } from "../../picture/stats-history.ts";
import type { TroubleCause } from "../../picture/trouble-causes.ts";
import { type ListView, wholeList } from "./list-view.ts";

export type Effect =
  | { readonly kind: "quit" | "suspend" | "redraw" }
  | { readonly kind: "show"; readonly agentId: string }
  | { readonly kind: "command"; readonly text: string }
  | Act;

export interface Act {
  readonly kind: "act";
  readonly action: DeclaredAction;
  readonly agentIds: readonly string[];
  /** Without the agent's id. */
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A question on the bottom line. */
export type Prompt =
  | { readonly kind: "search"; readonly text: string; readonly before: string }
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "interrupt"; readonly text: string; readonly agentIds: readonly string[] }
  | { readonly kind: "destroy"; readonly agentIds: readonly string[] }
  /** Whether all agents of a cause are resumed, or started again. */
  | { readonly kind: "all"; readonly title: string; readonly act: Act };

export type TextPrompt = Extract<Prompt, { readonly text: string }>;

/** Which of the causes is selected. */
export interface NeedsView {
  /** Id of the selected cause; undefined = the first. It may have passed meanwhile. */
  readonly selectedId: string | undefined;
}

/** Everything about one agent, in place of the table. */
export interface Details {
  readonly agentId: string;
  readonly lines: readonly string[];
  /** The first line on the screen. */
  readonly first: number;
}

export interface Message {
  readonly text: string;
  readonly tone: "plain" | "good" | "bad";
}

export interface Figures {
  readonly stats: FleetStats;
  /** When they arrived, by this machine's clock. */
  readonly receivedAt: number;
  /** Undefined before the second reading. */
  readonly rates: StatsSample | undefined;
}

export interface TopState {
  readonly view: ListView;
  readonly prompt: Prompt | undefined;
  readonly details: Details | undefined;
  /** What needs attention, in place of the table. */
  readonly needs: NeedsView | undefined;
  /** Kept current by each drawing. */
  readonly causes: readonly TroubleCause[];
  readonly isHelpShown: boolean;
  readonly message: Message | undefined;
  readonly connection: Connection;
  readonly figures: Figures | undefined;
}

export const firstState: TopState = {
  view: wholeList,
  prompt: undefined,
  details: undefined,
  needs: undefined,
  causes: [],
  isHelpShown: false,
  message: undefined,
  connection: { isOpen: true },
  figures: undefined,
};

/** A key as `node:readline` names it; `text` is what it would type. */
export interface Key {
  readonly name: string | undefined;
  readonly text: string | undefined;
  readonly isCtrl: boolean;
}

export interface Pressed {
  readonly state: TopState;
  readonly effect?: Effect;
}

export function ask(state: TopState, prompt: Prompt): TopState {
  return { ...state, prompt };
}

export function say(state: TopState, text: string, tone: Message["tone"] = "plain"): TopState {
  return { ...state, message: { text, tone } };
}

export function isEnter({ name }: Key): boolean {
  return name === "return" || name === "enter";
}
