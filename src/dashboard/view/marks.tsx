/** Small marks that many views share: statuses, outcomes, times. */

import type { ActionOutcome } from "../../model/action.ts";
import type { AgentStatus } from "../../model/agent.ts";
import { defined } from "../../model/defined.ts";
import type { StepStatus } from "../../model/step-status.ts";
import type { Tone } from "../../picture/status-look.ts";
import { toneOf } from "../../picture/status-tone.ts";
import { ageText, clockText, dateText, isoTime, relativeTime } from "../../picture/time-text.ts";
import { now } from "../page-store.ts";
import { Icon, type IconName } from "./icon.tsx";

interface MarkProps {
  readonly tone: Tone;
  readonly icon: IconName;
  readonly text?: string;
  readonly title?: string;
}

/** A sign, perhaps with what it means as text. */
export function Mark({ tone, icon, text, title }: MarkProps) {
  return (
    <span class="mark" data-tone={tone} title={title}>
      <Icon name={icon} />
      {text !== undefined && <span class="mark-text">{text}</span>}
    </span>
  );
}

export function StatusMark({ status, text = status }: { status: AgentStatus; text?: string }) {
  return <Mark tone={toneOf(status)} icon={status} text={text} />;
}

export function StepMark({ status, text }: { status: StepStatus; text?: string }) {
  const icon = status === "ok" ? "check" : "error";
  return <Mark tone={toneOf(status)} icon={icon} {...defined({ text })} />;
}

const outcomeIcons: Readonly<Record<ActionOutcome, IconName>> = {
  done: "check",
  cancelled: "close",
  rejected: "close",
  dead: "error",
};

export function OutcomeMark({ outcome }: { readonly outcome: ActionOutcome | null }) {
  const icon = outcome === null ? "wait" : outcomeIcons[outcome];
  return <Mark tone={toneOf(outcome ?? "pending")} icon={icon} text={outcome ?? "waiting"} />;
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

/** The time of the day; hovering shows the date. */
export function Clock({ time }: { readonly time: number }) {
  return (
    <time dateTime={isoTime(time)} title={dateText(time)}>
      {clockText(time)}
    </time>
  );
}

/** The key that does the same as its button. */
export function Key({ children }: { readonly children: string }) {
  return (
    <span class="key" aria-hidden="true">
      {children}
    </span>
  );
}
