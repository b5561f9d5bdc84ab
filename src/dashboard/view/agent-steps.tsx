/** The agent's steps, newest first: time, duration, subject, result and tokens. */

import { useState } from "preact/hooks";
import type { StepRow } from "../../model/step.ts";
import { countText } from "../../picture/number-text.ts";
import { toneOf } from "../../picture/status-tone.ts";
import { clockText, dateText, durationText } from "../../picture/time-text.ts";
import type { AgentWatch } from "../link/agent-sync.ts";
import { lastWithResult } from "./agent-now.tsx";
import { ErrorBox } from "./error-box.tsx";
import { Icon } from "./icon.tsx";
import { LongText } from "./long-text.tsx";
import { StepTraceLater } from "./step-trace-later.tsx";
import { UnendedStep } from "./unended-step.tsx";

export function AgentSteps({ watch }: { readonly watch: AgentWatch }) {
  const steps = watch.steps.value;
  const last = lastWithResult(watch);
  const longest = Math.max(1, ...steps.map(({ started_at, ended_at }) => ended_at - started_at));
  const tokens = steps.reduce((sum, step) => sum + tokensOf(step), 0);
  return (
    <div class="panel">
      <h2>
        Steps
        {steps.length > 0 && (
          <span class="panel-value">
            {countText(steps.length)} shown, {countText(tokens)} tokens
          </span>
        )}
      </h2>
      {steps.length === 0 && (
        <p class="empty-line">
          {watch.hasSteps.value ? "No step has finished yet." : "Loading steps…"}
        </p>
      )}
      <ol class="steps">
        <UnendedStep watch={watch} />
        {steps.map((step) => (
          <Step key={step.step_id} step={step} longest={longest} isAbove={step === last} />
        ))}
      </ol>
      <Older watch={watch} />
    </div>
  );
}

interface StepProps {
  readonly step: StepRow;
  /** Milliseconds of the longest step shown. */
  readonly longest: number;
  /** Its result is at the top of the page. */
  readonly isAbove: boolean;
}

function Step({ step, longest, isAbove }: StepProps) {
  const { iteration, status, subject, result, error, started_at, ended_at } = step;
  const took = ended_at - started_at;
  const tokens = tokensOf(step);
  return (
    <li class="step" data-status={status}>
      <span class="step-number" title={`Step ${iteration}, generation ${step.generation}`}>
        <span class="mark" data-tone={toneOf(status)}>
          <Icon name={status === "ok" ? "check" : "error"} />
        </span>
        {iteration}
      </span>
      <time dateTime={new Date(ended_at).toISOString()} title={dateText(ended_at)}>
        {clockText(ended_at)}
      </time>
      <span class="step-took" title={`took ${durationText(took)}`}>
        <span class="step-bar" style={{ width: `${Math.max(2, (took / longest) * 100)}%` }} />
        <span>{durationText(took)}</span>
      </span>
      <span class="step-meta">
        {status !== "ok" && <span class="flag">{status}</span>}
        {subject !== null && <span class="step-subject">{subject}</span>}
        {tokens > 0 && <span title={tokensHint(step)}>{countText(tokens)} tokens</span>}
      </span>
      <StepTraceLater agentId={step.agent_id} iteration={iteration} step={step} />
      {result !== null &&
        (isAbove ? (
          <p class="step-result faint">shown above</p>
        ) : (
          <LongText class="step-result" name={`Result of step ${iteration}`} text={result} />
        ))}
      {error !== null && <ErrorBox error={error} />}
    </li>
  );
}

function Older({ watch }: { readonly watch: AgentWatch }) {
  const [isLoading, setLoading] = useState(false);
  if (watch.cursor.value === null) return null;
  const load = async () => {
    setLoading(true);
    await watch.loadOlder();
    setLoading(false);
  };
  return (
    <button type="button" class="button" disabled={isLoading} onClick={() => void load()}>
      {isLoading ? "Loading…" : "Load older steps"}
    </button>
  );
}

function tokensOf({ input_tokens, output_tokens }: StepRow): number {
  return (input_tokens ?? 0) + (output_tokens ?? 0);
}

function tokensHint({ input_tokens, output_tokens, model }: StepRow): string {
  return `${input_tokens ?? 0} in, ${output_tokens ?? 0} out${model === null ? "" : `, ${model}`}`;
}
