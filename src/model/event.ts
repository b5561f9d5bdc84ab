/** Events: facts already stored, as subscribers get them. */

import type { ActionOutcome, ActionRow } from "./action.ts";
import type { AgentRow, Guidance } from "./agent.ts";
import type { ErrorData } from "./error-data.ts";
import type { AgentId } from "./ids.ts";
import type { StepRow } from "./step.ts";

/** What each type of event carries. */
export interface EventData {
  readonly "agent.status": AgentRow;
  readonly "agent.step": StepRow;
  readonly "agent.guidance": Guidance;
  /** The agent's event loop has not turned for 2 s; told once until it turns. Never stored. */
  readonly "agent.unresponsive": {
    /** When it turned last, as far as could be seen, in milliseconds since the epoch. */
    readonly since: number;
    /** What it is at: `starting`, `step` or `ending`. */
    readonly phase: string;
    /** Steps ended so far; in phase `step` it is in the one after. */
    readonly iteration: number;
  };
  readonly "action.queued": Pick<ActionRow, "id" | "action" | "actor" | "urgency">;
  readonly "action.processed": {
    readonly id: string;
    readonly action: string;
    readonly outcome: ActionOutcome;
    readonly error: ErrorData | null;
  };
  /** The answer so far of a running model call; live only, never stored. */
  readonly "llm.partial": { readonly function: string; readonly value: unknown };
}

export type EventType = keyof EventData;

/** The one envelope of all events. `seq` grows by one with each event of this process. */
export type TroupeEvent = {
  readonly [T in EventType]: {
    readonly seq: number;
    readonly type: T;
    /** Milliseconds since the epoch. */
    readonly time: number;
    readonly agent_id?: AgentId;
    readonly data: EventData[T];
  };
}[EventType];
