/** What a step did outside: opened by a button, and only then are code and data loaded. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { StepRow } from "../../model/step.ts";
import { IconButton } from "./button.tsx";
import { lazily } from "./lazy-part.tsx";

interface StepTraceLaterProps {
  readonly agentId: string;
  readonly iteration: number;
  /** Null if it has not ended. */
  readonly step: StepRow | null;
  readonly isOpenFirst?: boolean;
  /** Above the trace, if it is open. */
  readonly children?: ComponentChildren;
}

const StepTrace = lazily(async () => (await import("./step-trace.tsx")).StepTrace, "faint");

export function StepTraceLater({
  agentId,
  iteration,
  step,
  isOpenFirst = false,
  children,
}: StepTraceLaterProps) {
  const [isOpen, setOpen] = useState(isOpenFirst);
  const id = useId();
  const axis = step === null ? null : { from: step.started_at, to: step.ended_at };
  return (
    <>
      <IconButton
        icon={isOpen ? "up" : "down"}
        label={`Trace of step ${iteration}`}
        isBare
        aria-expanded={isOpen}
        aria-controls={id}
        title="What this step did outside: model calls and effects"
        onClick={() => setOpen(!isOpen)}
      />
      <div class="step-trace" id={id} hidden={!isOpen}>
        {isOpen && children}
        {isOpen && <StepTrace agentId={agentId} iteration={iteration} axis={axis} />}
      </div>
    </>
  );
}
