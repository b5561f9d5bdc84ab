/** What the dashboard is told of many agents at once: their last steps in short, and their threads' figures. */

import type { LiveFigures } from "./agent-view.ts";
import type { StepStatus } from "./step.ts";

/** The last of an agent's steps since the question before; a step that failed is told in any case. */
export interface GlanceStep {
  readonly id: string;
  readonly iteration: number;
  readonly status: StepStatus;
  readonly subject: string | null;
  /** The beginning of the result, or of the error's message. */
  readonly text: string | null;
  /** The error's code. */
  readonly code?: string;
  readonly ended_at: number;
  /** Ids of the guidance that these steps used; left out: none. */
  readonly used?: readonly string[];
}

export interface Glance {
  /** To be asked with the next time. */
  readonly seq: number;
  /** What time it is at the server, in milliseconds since the epoch. */
  readonly time: number;
  /** Number of this start of the process. */
  readonly epoch: number;
  /** True where some steps since the question before are not known any more. */
  readonly is_cut: boolean;
  /** Oldest first. */
  readonly steps: readonly GlanceStep[];
  /** Figures of all threads by agent, where they were asked for. */
  readonly live: Readonly<Record<string, LiveFigures>> | null;
}
