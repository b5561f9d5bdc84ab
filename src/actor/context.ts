/** `ctx`: the only part of Troupe that an agent's code sees. */

import type { AgentContext, AgentLog } from "../agents/define-agent.ts";
import type { Llm } from "../agents/llm.ts";
import type { Once } from "../agents/once.ts";
import type { ActorControl } from "../boundary/control-block.ts";
import type { AgentState } from "./agent-state.ts";
import { steadyNow } from "./clock.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Sleeper } from "./sleeper.ts";
import type { StepProgress } from "./step-progress.ts";
import type { StepScope } from "./step-scope.ts";

/**
 * Longest `ctx.sleep` while a stop, a pause or guidance waits for the step's end, in milliseconds.
 * Not zero: a loop around it must let the event loop turn.
 */
const SLEEP_CUT_MS = 5;

interface ContextParts {
  readonly agentId: string;
  readonly config: unknown;
  readonly state: AgentState;
  readonly scope: StepScope;
  readonly control: ActorControl;
  readonly mailbox: Mailbox;
  readonly sleeper: Sleeper;
  readonly log: AgentLog;
  readonly llm: Llm;
  readonly once: Once;
  readonly progress: StepProgress;
}

/** Getters, because one ctx serves all steps; no `this`, because agents may destructure it. */
export function createContext(parts: ContextParts): AgentContext {
  const { agentId, config, state, scope, control, log, llm, once } = parts;
  return Object.freeze({
    agentId,
    config,
    log,
    llm,
    once,
    get context() {
      return state.context;
    },
    set context(context: unknown) {
      state.context = context;
    },
    get subject() {
      return state.subject;
    },
    set subject(subject: string | null) {
      state.subject = subject;
    },
    get history() {
      return state.history;
    },
    get iteration() {
      return scope.iteration;
    },
    get guidance() {
      return scope.guidance;
    },
    get signal() {
      return scope.signal;
    },
    sleep: (ms: number) => sleep(parts, ms),
    progress: parts.progress.say,
    shouldStop: () => control.isStopDesired(),
  });
}

async function sleep(parts: ContextParts, ms: number): Promise<void> {
  if (typeof ms !== "number" || Number.isNaN(ms)) {
    throw new TypeError(`ctx.sleep takes a number of milliseconds, got ${String(ms)}`);
  }
  const { control, mailbox, sleeper, scope } = parts;
  const isWanted = () => {
    const { desired } = control.readDesired();
    return desired === "stop" || desired === "pause" || mailbox.hasNews || scope.isAborted;
  };
  const end = steadyNow() + ms;
  await sleeper.sleep(Math.max(0, isWanted() ? Math.min(ms, SLEEP_CUT_MS) : ms));
  // Woken by a request to rest, which is not the step's concern.
  while (control.readDesired().desired === "rest" && !isWanted() && steadyNow() < end) {
    await sleeper.sleep(end - steadyNow());
  }
}
