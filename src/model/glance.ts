/** Many agents at a glance, for the dashboard: their last steps in short, and their threads' figures. */

import type { LiveFigures } from "./agent-view.ts";
import type { StepStatus } from "./step-status.ts";

/** An agent's last step since the previous request; failed steps are always included. */
export interface GlanceStep {
  readonly id: string;
  readonly iteration: number;
  readonly status: StepStatus;
  readonly subject: string | null;
  /** The start of the result, or of the error's message. */
  readonly text: string | null;
  /** The error's code. */
  readonly code?: string;
  readonly ended_at: number;
  /** Ids of the guidance that the agent's steps since then used; left out if none. */
  readonly used?: readonly string[];
  /**
   * Tokens and US dollars that the agent has spent ever, and those of the tokens that have no price; left
   * out if it is no longer in memory.
   */
  readonly spent?: readonly [tokens: number, costUsd: number | null, unpriced: number];
}

/** A step on the timeline: its number, generation, start and end, outcome, and whether it used guidance. */
export type GlanceSpan = readonly [
  iteration: number,
  generation: number,
  startedAt: number,
  endedAt: number,
  status: StepStatus,
  isGuided: 0 | 1,
];

/** All steps since the previous request, and since when agents are in one, by agent. */
export interface GlanceSpans {
  readonly ended: Readonly<Record<string, readonly GlanceSpan[]>>;
  readonly open: Readonly<Record<string, number>>;
}

export interface Glance {
  /** For the next request. */
  readonly seq: number;
  /** The server's time, in milliseconds since the epoch. */
  readonly time: number;
  /** Number of this start of the process. */
  readonly epoch: number;
  /** True if some steps since the previous request are no longer known. */
  readonly is_cut: boolean;
  /** Oldest first. */
  readonly steps: readonly GlanceStep[];
  /** Figures of all threads by agent, if they were requested. */
  readonly live: Readonly<Record<string, LiveFigures>> | null;
  /** For the timeline, if it was requested. */
  readonly spans?: GlanceSpans;
}
