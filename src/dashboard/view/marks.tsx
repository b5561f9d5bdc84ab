/** Small marks that many views share: statuses, outcomes, times. */

import type { ActionOutcome } from "../../model/action.ts";
import type { AgentStatus } from "../../model/agent.ts";
import { toneOf } from "../../picture/status-tone.ts";
import { ageText, dateText, isoTime, relativeTime } from "../../picture/time-text.ts";
import { now } from "../page-store.ts";
import { Icon, type IconName } from "./icon.tsx";

export function StatusMark({ status, text = status }: { status: AgentStatus; text?: string }) {
  return (
    <span class="mark" data-tone={toneOf(status)}>
      <Icon name={status} />
      <span class="mark-text">{text}</span>
    </span>
  );
}

const outcomeIcons: Readonly<Record<ActionOutcome, IconName>> = {
  done: "check",
  cancelled: "close",
  rejected: "close",
  dead: "error",
};

export function OutcomeMark({ outcome }: { readonly outcome: ActionOutcome | null }) {
  return (
    <span class="mark" data-tone={toneOf(outcome ?? "pending")}>
      <Icon name={outcome === null ? "wait" : outcomeIcons[outcome]} />
      <span class="mark-text">{outcome ?? "waiting"}</span>
    </span>
  );
}

interface AgoProps {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** `3 s ago` instead of `3 s`. */
  readonly isPhrase?: boolean;
}

/** The age of something, kept current; hovering shows the exact time. */
export function Ago({ time, isPhrase = false }: AgoProps) {
  return (
    <time dateTime={isoTime(time)} title={dateText(time)}>
      {isPhrase ? relativeTime(time, now.value) : ageText(now.value - time)}
    </time>
  );
}

interface KeyProps {
  readonly children: string;
}

/** The key that does the same as its button. */
export function Key({ children }: KeyProps) {
  return (
    <span class="key" aria-hidden="true">
      {children}
    </span>
  );
}
