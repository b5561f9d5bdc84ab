/** Troubles as people read them, and what they can do. Pure. */

import { plural } from "./number-text.ts";
import { relativeTime } from "./time-text.ts";
import type { Trouble } from "./trouble.ts";
import type { TroubleCause } from "./trouble-causes.ts";

/** `resume`, `start`: for all its agents at the same time · `resolve`, `open`: for one after the other. */
export type TroubleVerb = "resume" | "start" | "resolve" | "open";

interface TroubleWords {
  /** After the number of agents. */
  readonly title: string;
  /** In little room. */
  readonly short: string;
  /** What follows from it, or what mends it. */
  readonly advice: string;
  readonly verb: TroubleVerb;
}

const words: Readonly<Record<Trouble, TroubleWords>> = {
  store: {
    title: "The database refuses writes",
    short: "database",
    advice: "Agents wait after eight unsaved steps; nothing is lost while the process is running.",
    verb: "open",
  },
  error: {
    title: "in error",
    short: "error",
    advice: "Remove the cause, then start them again. Their context and history are kept.",
    verb: "start",
  },
  self_paused: {
    title: "paused by failing steps",
    short: "steps failing",
    advice:
      "Resume them once the cause below is gone; code that is corrected needs a restart first.",
    verb: "resume",
  },
  effect_unknown: {
    title: "waiting for an effect to be resolved",
    short: "effect unknown",
    advice: "Find out whether it took place, then resolve it. The step continues after that.",
    verb: "resolve",
  },
  safe_mode: {
    title: "paused at the start, in safe mode",
    short: "safe mode",
    advice: "The process crashed too often. Resume them when it is safe.",
    verb: "resume",
  },
  unresponsive: {
    title: "not responding",
    short: "not responding",
    advice: "A loop or a long synchronous call blocks the event loop.",
    verb: "open",
  },
  restarting: {
    title: "restarted again and again",
    short: "restart loop",
    advice: "Three restarts or more in five minutes. After too many, the agent ends in error.",
    verb: "open",
  },
  model_failing: {
    title: "with failing model calls",
    short: "calls failing",
    advice: "After five failures in a row an agent pauses itself, unless its provider is down.",
    verb: "open",
  },
  unstorable: {
    title: "whose steps cannot be stored",
    short: "not storable",
    advice: "What these steps did is lost. After five in a row an agent pauses itself.",
    verb: "open",
  },
  model_waiting: {
    title: "waiting for a model for more than 30 s",
    short: "waiting for model",
    advice: "Calls wait until the provider answers or permits them; nothing fails meanwhile.",
    verb: "open",
  },
  silent: {
    title: "silent for three intervals, and at least 60 s",
    short: "silent",
    advice: "No step has ended. A step that takes long reports its progress with ctx.progress.",
    verb: "open",
  },
  guidance: {
    title: "with guidance unused for 30 s",
    short: "guidance unused",
    advice: "Guidance is used at the next step; mode now cancels the running model call.",
    verb: "open",
  },
  memory: {
    title: "above 80 % of the memory budget",
    short: "memory",
    advice: "Above 100 % an agent is restarted. Raise memory_mb of the type, or keep less.",
    verb: "open",
  },
};

/** `6 agents paused by failing steps`. */
export function troubleTitle({ trouble, agents }: TroubleCause): string {
  const { title } = words[trouble];
  return trouble === "store" ? title : `${plural(agents.length, "agent")} ${title}`;
}

export function troubleShort(trouble: Trouble): string {
  return words[trouble].short;
}

export function troubleAdvice(trouble: Trouble): string {
  return words[trouble].advice;
}

export function verbOf(trouble: Trouble): TroubleVerb {
  return words[trouble].verb;
}

/** `LLM_TIMEOUT: the model did not answer`; empty if the title has said everything. */
export function causeText({ trouble, code, message }: TroubleCause): string {
  if (trouble === "memory") return `Type ${code}: ${message}`;
  return [code, message].filter((part) => part !== "").join(": ");
}

/** `first seen 5 min ago, last 3 s ago`; one of them if they do not differ. */
export function timesText({ firstSeen, lastSeen }: TroubleCause, now: number): string {
  const [first, last] = [relativeTime(firstSeen, now), relativeTime(lastSeen, now)];
  return first === last ? `seen ${first}` : `first seen ${first}, last ${last}`;
}
