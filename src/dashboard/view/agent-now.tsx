/** What the agent does now: the answer that is being written, and the last result. */

import type { AgentView, Progress } from "../../model/agent-view.ts";
import type { StepRow } from "../../model/step.ts";
import { nextStepText } from "../../picture/next-step-text.ts";
import { progressText } from "../../picture/progress-text.ts";
import { ageText } from "../../picture/time-text.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { now } from "../page-store.ts";
import { valueText } from "./json-box.tsx";
import { LongText } from "./long-text.tsx";
import { Ago } from "./marks.tsx";

/** Least milliseconds of a running step that is shown: shorter ones would flicker. */
const SHOWN_FROM_MS = 1_500;

/** The running step; null between steps, as far as is known. */
export function runningStep(watch: AgentWatch): { iteration: number; since: number } | null {
  const since = watch.live.value?.step_since ?? null;
  if (since === null) return null;
  const [last] = watch.steps.value;
  // It may have ended since the figures were read.
  if (last !== undefined && last.started_at >= since) return null;
  return { iteration: (last?.iteration ?? watch.view.value?.iteration ?? 0) + 1, since };
}

function RunningStep({ watch }: { readonly watch: AgentWatch }) {
  const step = runningStep(watch);
  const progress = watch.progress.value;
  const isLong = step !== null && now.value - step.since >= SHOWN_FROM_MS;
  if (!isLong && progress === null) return null;
  return (
    <>
      <dt>Step {progress?.iteration ?? step?.iteration}</dt>
      <dd class="now-step">
        {isLong && `running for ${ageText(now.value - step.since)}`}
        {isLong && progress !== null && ": "}
        {progress !== null && <StepProgress progress={progress} />}
      </dd>
    </>
  );
}

function StepProgress({ progress }: { readonly progress: Progress }) {
  const { fraction } = progress;
  return (
    <>
      {progressText(progress)}
      {fraction !== null && <progress aria-label="Progress of the step" max={1} value={fraction} />}
    </>
  );
}

/** Shown only if a step said when the next is due; the interval of most agents is a few seconds. */
function NextStep({ view, watch }: AgentNowProps) {
  const [last] = watch.steps.value;
  const isNewer = last !== undefined && last.iteration > view.iteration;
  const { next_at, next_on } = isNewer ? last : view;
  const text = nextStepText({ status: view.status, next_at, next_on }, now.value);
  if (text === null || runningStep(watch) !== null) return null;
  return (
    <>
      <dt>Next step</dt>
      <dd>{text}</dd>
    </>
  );
}

/** The newest step with a result. */
export function lastWithResult(watch: AgentWatch): StepRow | undefined {
  return watch.steps.value.find(({ result }) => result !== null);
}

interface AgentNowProps {
  readonly view: AgentView;
  readonly watch: AgentWatch;
}

export function AgentNow({ view, watch }: AgentNowProps) {
  const call = watch.call.value;
  const last = lastWithResult(watch);
  const result = last?.result ?? view.result;
  const subject = last?.subject ?? view.current_subject;
  return (
    <div class="now">
      <dl class="now-line">
        <dt>Subject</dt>
        <dd>
          <LongText class="now-subject" name="Subject" text={subject ?? "–"} />
        </dd>
        <RunningStep watch={watch} />
        <NextStep view={view} watch={watch} />
      </dl>
      {call !== null && (
        <figure class="answer answer-live">
          <figcaption>
            <span class="pulse" aria-hidden="true" /> {call.function} is answering
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys must reach it */}
          <p class="answer-text" tabIndex={0} role="group" aria-label="Answer so far">
            {valueText(call.value)}
            <span class="caret" aria-hidden="true" />
          </p>
        </figure>
      )}
      <figure class="answer">
        <figcaption>
          Last result
          {last !== undefined && (
            <>
              , step {last.iteration}, <Ago time={last.ended_at} isPhrase />
            </>
          )}
        </figcaption>
        {result === null ? (
          <p class="faint">–</p>
        ) : (
          <LongText class="answer-text" name="Last result" text={result} />
        )}
      </figure>
    </div>
  );
}
