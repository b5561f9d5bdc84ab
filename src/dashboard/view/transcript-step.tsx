/** One step of the transcript: its number, time, result or error, and on request its trace. */

import { Component } from "preact";
import type { StepRow } from "../../model/step.ts";
import { countText } from "../../picture/number-text.ts";
import { durationText } from "../../picture/time-text.ts";
import { firstLine } from "../state/result-text.ts";
import { ErrorBox } from "./error-box.tsx";
import { FoldedText, StepResult } from "./folded-text.tsx";
import { Clock, StepMark } from "./marks.tsx";
import { StepTraceLater } from "./step-trace-later.tsx";

interface StepEntryProps {
  readonly step: StepRow;
  /** If it is a new one. */
  readonly subject: string | null;
}

/** A step never changes: with hundreds in the transcript it is rendered once. */
export class StepEntry extends Component<StepEntryProps> {
  override shouldComponentUpdate(next: StepEntryProps): boolean {
    return next.step.step_id !== this.props.step.step_id || next.subject !== this.props.subject;
  }

  override render({ step, subject }: StepEntryProps) {
    const { iteration, status, result, error } = step;
    return (
      <li class="step" data-status={status}>
        <StepHead step={step} subject={subject} />
        <StepTraceLater agentId={step.agent_id} iteration={iteration} step={step}>
          {error !== null && <ErrorBox error={error} isStackOpen />}
        </StepTraceLater>
        {result !== null && <StepResult iteration={iteration} result={result} />}
        {result === null && error === null && <p class="step-result faint">No result</p>}
        {error !== null && (
          <p class="step-error">
            <code>{error.code}</code>{" "}
            <FoldedText
              text={firstLine(error.message)}
              owner={`of the error of step ${iteration}`}
            />
          </p>
        )}
      </li>
    );
  }
}

function StepHead({ step, subject }: StepEntryProps) {
  const { iteration, status, generation, started_at, ended_at } = step;
  const tokens = (step.input_tokens ?? 0) + (step.output_tokens ?? 0);
  return (
    <div class="step-head">
      <span class="step-number" title={`Step ${iteration}, generation ${generation}`}>
        <StepMark status={status} />
        <span class="hidden-text">Step </span>
        {iteration}
      </span>
      <Clock time={ended_at} />
      <span title="How long it took">{durationText(ended_at - started_at)}</span>
      {tokens > 0 && <span title={tokensHint(step)}>{countText(tokens)} tokens</span>}
      {status !== "ok" && <span class="flag">{status}</span>}
      {subject !== null && (
        <span class="step-subject" title={subject}>
          {subject}
        </span>
      )}
    </div>
  );
}

function tokensHint({ input_tokens, output_tokens, model }: StepRow): string {
  return `${input_tokens ?? 0} in, ${output_tokens ?? 0} out${model === null ? "" : `, ${model}`}`;
}
