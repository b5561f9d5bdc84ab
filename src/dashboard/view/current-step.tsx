/** The end of the transcript: the step in flight, or what the agent waits for. */

import { useLayoutEffect } from "preact/hooks";
import { isAlive } from "../../model/agent.ts";
import type { AgentView, Progress } from "../../model/agent-view.ts";
import { nextStepText } from "../../picture/next-step-text.ts";
import { progressText } from "../../picture/progress-text.ts";
import { ageText } from "../../picture/time-text.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { now } from "../page-store.ts";
import { stepInFlight } from "../state/running-step.ts";
import { unknownEffectOf } from "../state/unknown-effect.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { valueText } from "./json-box.tsx";
import { Mark } from "./marks.tsx";
import { StepTraceLater } from "./step-trace-later.tsx";
import type { TranscriptScroll } from "./transcript-scroll.ts";

/** Least milliseconds of a running step that is shown: shorter ones would flicker. */
const SHOWN_FROM_MS = 1_500;

interface CurrentStepProps extends AgentPartProps {
  readonly scroll: TranscriptScroll;
}

export function CurrentStep({ view, watch, scroll }: CurrentStepProps) {
  const step = stepInFlight(view, watch.live.value, watch.steps.value);
  const unknown = unknownEffectOf(view);
  const call = watch.call.value;
  const progress = watch.progress.value;
  useLayoutEffect(() => {
    if (scroll.isAtEnd.peek()) scroll.restore();
  });
  const isShown = step !== null && now.value - step.since >= SHOWN_FROM_MS;
  const iteration = unknown?.iteration ?? progress?.iteration ?? step?.iteration ?? null;
  const isInStep = unknown !== null || isShown || progress !== null || call !== null;
  if (!isInStep || iteration === null) return <p class="current faint">{idleText(view, watch)}</p>;
  return (
    <div class="step current" role="group" aria-label={`Step ${iteration}, not ended`}>
      <div class="step-head">
        <span class="step-number">
          <Mark
            tone={unknown === null ? "busy" : "held"}
            icon={unknown === null ? "running" : "paused"}
          />
          {iteration}
        </span>
        <span>{unknown === null ? runningText(step?.since ?? null) : "waits for an outcome"}</span>
        <ModelWait watch={watch} />
        {progress !== null && <StepProgress progress={progress} />}
      </div>
      <StepTraceLater
        key={iteration}
        agentId={view.agent_id}
        iteration={iteration}
        step={null}
        isOpenFirst={unknown !== null}
      />
      {call !== null && <Answer name={call.function} value={call.value} />}
    </div>
  );
}

function runningText(since: number | null): string {
  return since === null ? "running" : `running for ${ageText(Math.max(1_000, now.value - since))}`;
}

/** Why its model call is not made yet. */
function ModelWait({ watch }: { readonly watch: AgentWatch }) {
  const wait = watch.live.value?.model_wait ?? null;
  if (wait === null) return null;
  return (
    <span>
      waits for {wait.model} ({wait.why}), {ageText(now.value - wait.since)}
    </span>
  );
}

function StepProgress({ progress }: { readonly progress: Progress }) {
  const { fraction } = progress;
  return (
    <span class="step-progress">
      {progressText(progress)}
      {fraction !== null && <progress aria-label="Progress of the step" max={1} value={fraction} />}
    </span>
  );
}

interface AnswerProps {
  readonly name: string;
  readonly value: unknown;
}

/** The model's answer as far as it has arrived. */
function Answer({ name, value }: AnswerProps) {
  return (
    <div class="step-result answer-live">
      <span class="faint">
        <span class="pulse" aria-hidden="true" /> {name} is answering{" "}
      </span>
      {valueText(value)}
      <span class="caret" aria-hidden="true" />
    </div>
  );
}

/** Between two steps. */
function idleText(view: AgentView, watch: AgentWatch): string {
  const [last] = watch.steps.value;
  const { status } = view;
  if (!isAlive(status)) return status === "error" ? "In error: no step follows" : "Ended";
  if (status !== "running") return `${status.charAt(0).toUpperCase()}${status.slice(1)}`;
  const isNewer = last !== undefined && last.iteration > view.iteration;
  const { next_at, next_on } = isNewer ? last : view;
  const next = nextStepText({ status, next_at, next_on }, now.value);
  if (next !== null) return `Next step ${next}`;
  return last === undefined
    ? "Waiting for the first step"
    : `Step ${last.iteration} ended ${agoText(now.value - last.ended_at)}`;
}

function agoText(ms: number): string {
  const age = ageText(ms);
  return age === "now" ? "just now" : `${age} ago`;
}
