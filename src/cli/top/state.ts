/** What `troupe top` shows besides the agents. Pure. */

import type { Connection } from "../../fleet/event-iteration.ts";
import type { ActionDeclaration } from "../../model/actions/action-declaration.ts";
import type { FleetStats } from "../../model/event.ts";
import type { StatsSample } from "../../picture/stats-history.ts";
import type { TroubleCause } from "../../picture/trouble-causes.ts";
import { type ListView, wholeList } from "./list-view.ts";

export type Effect =
  | { readonly kind: "quit" | "suspend" | "redraw" }
  | { readonly kind: "show"; readonly agentId: string }
  | ({ readonly kind: "act_all" } & ManyAct)
  | {
      readonly kind: "act";
      readonly action: ActionDeclaration;
      readonly agentId: string;
      /** Of an interrupt only. */
      readonly guidance?: Readonly<Record<string, unknown>>;
    };

/** A question on the bottom line. */
export type Prompt =
  | { readonly kind: "search"; readonly text: string; readonly before: string }
  | { readonly kind: "interrupt"; readonly text: string; readonly agentId: string }
  | { readonly kind: "destroy"; readonly agentId: string }
  | ({ readonly kind: "many" } & ManyAct);

/** A question that is answered with a text. */
export type TextPrompt = Extract<Prompt, { readonly text: string }>;

/** An action for all agents of a cause. */
export interface ManyAct {
  /** `resume 6 agents`. */
  readonly title: string;
  readonly word: "resume" | "start";
  readonly agentIds: readonly string[];
}

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
  /** Undefined before the second reading. */
  readonly rates: StatsSample | undefined;
}

export interface TopState {
  readonly view: ListView;
  readonly prompt: Prompt | undefined;
  readonly details: Details | undefined;
  /** What needs somebody, in place of the table. */
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
