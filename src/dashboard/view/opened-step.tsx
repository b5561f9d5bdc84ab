/** The step that was opened from another page, above the others of its agent: it may be an old one. */

import { useEffect, useRef, useState } from "preact/hooks";
import type { ErrorData } from "../../model/error-data.ts";
import type { ListPage } from "../../model/list-page.ts";
import type { StepRow } from "../../model/step.ts";
import { dateText, durationText } from "../../picture/time-text.ts";
import { errorDataOf, getJson } from "../link/api.ts";
import { openedStep } from "../page-store.ts";
import { IconButton } from "./button.tsx";
import { ErrorBox } from "./error-box.tsx";
import { StepResult } from "./folded-text.tsx";
import { StepMark } from "./marks.tsx";
import { StepTraceLater } from "./step-trace-later.tsx";

export function OpenedStep({ agentId }: { readonly agentId: string }) {
  const iteration = openedStep.value;
  if (iteration === null) return null;
  return <Opened key={`${agentId} ${iteration}`} agentId={agentId} iteration={iteration} />;
}

interface OpenedProps {
  readonly agentId: string;
  readonly iteration: number;
}

function Opened({ agentId, iteration }: OpenedProps) {
  const { step, error } = useStep({ agentId, iteration });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="panel opened-step">
      <h2 ref={heading} tabIndex={-1}>
        Step {iteration}
        <IconButton
          icon="close"
          label={`Close step ${iteration}`}
          isBare
          onClick={() => {
            openedStep.value = null;
          }}
        />
      </h2>
      {error !== null && <ErrorBox title="The step cannot be read" error={error} />}
      {step === null && error === null && <p class="faint">Loading the step…</p>}
      {step === undefined && (
        <p class="faint">This step has not ended yet, or was removed since.</p>
      )}
      {step != null && <Body step={step} />}
    </div>
  );
}

function Body({ step }: { readonly step: StepRow }) {
  const { agent_id, iteration, status, started_at, ended_at, subject, result, error } = step;
  return (
    <div class="step opened-step-body" data-status={status}>
      <p class="opened-step-facts">
        <StepMark status={status} text={status} />
        <span>{dateText(started_at)}</span>
        <span>{durationText(ended_at - started_at)}</span>
        {subject !== null && <span class="step-subject">{subject}</span>}
      </p>
      <StepTraceLater agentId={agent_id} iteration={iteration} step={step} />
      {result !== null && <StepResult iteration={iteration} result={result} />}
      {error !== null && <ErrorBox error={error} />}
    </div>
  );
}

interface Reading {
  /** Null while it is read; undefined if there is none. */
  readonly step: StepRow | null | undefined;
  readonly error: ErrorData | null;
}

function useStep({ agentId, iteration }: OpenedProps): Reading {
  const [reading, setReading] = useState<Reading>({ step: null, error: null });
  useEffect(() => {
    const ended = new AbortController();
    const path = `/api/agents/${encodeURIComponent(agentId)}/steps?iteration=${iteration}`;
    getJson<ListPage<StepRow>>(path, ended.signal).then(
      ({ items }) => setReading({ step: items[0], error: null }),
      (error: unknown) => {
        if (!ended.signal.aborted) setReading({ step: null, error: errorDataOf(error) });
      },
    );
    return () => ended.abort();
  }, [agentId, iteration]);
  return reading;
}
