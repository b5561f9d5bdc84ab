/**
 * What the main thread knows of the effects of one thread of an agent.
 *
 * A new agent's model calls, and its effects with `skip` and `ask`, wait until the table has the agent's
 * row: a start that finds no living row makes a new agent, which asks for no earlier effects and counts
 * none of their tokens. Rejected: reading `agent_effects` for each agent that is created, because a
 * creation should not cost a scan of a table that only grows.
 */

import type { EffectRow } from "../../model/effect.ts";
import type { Child } from "../thread/child.ts";
import { AskedCalls } from "./asked-calls.ts";

export interface ThreadEffects {
  readonly child: Child;
  readonly generation: number;
  /** By the thread's number: those whose function runs, or whose outcome is unknown. */
  readonly open: Map<number, EffectRow>;
  readonly calls: AskedCalls;
  /** Resolves once the agent has a row and all reports so far are stored. */
  stored: Promise<void>;
  /** Model calls of earlier threads in the open turn; undefined until they are read. */
  memo: Promise<readonly EffectRow[]> | undefined;
  /** If earlier threads may have had effects in the open turn: true until a step succeeds, or asks a model and fails. */
  mayRecall: boolean;
  hasEnded: boolean;
}

type Given = Pick<ThreadEffects, "generation" | "mayRecall" | "stored">;

export function newThread(child: Child, given: Given): ThreadEffects {
  return {
    ...given,
    child,
    open: new Map(),
    calls: new AskedCalls(),
    memo: undefined,
    hasEnded: false,
  };
}
