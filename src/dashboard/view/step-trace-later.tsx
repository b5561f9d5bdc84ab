/** What a step did outside: opened by a button, and only then are code and data loaded. */

import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { StepRow } from "../../model/step.ts";
import { dialog } from "../dialogs.ts";
import type { UnknownEffect } from "../state/unknown-effect.ts";
import { Icon } from "./icon.tsx";
import { LazyPart, outdated } from "./lazy-part.tsx";
import { Modal } from "./modal.tsx";
import type { StepTraceProps } from "./step-trace.tsx";

interface StepTraceLaterProps {
  readonly agentId: string;
  readonly iteration: number;
  /** Null if it has not ended. */
  readonly step: StepRow | null;
  readonly isOpenFirst?: boolean;
  /** Above the trace, if it is open. */
  readonly children?: ComponentChildren;
}

const loadTrace = async () => (await import("./step-trace.tsx")).StepTrace;
const loadResolve = async () => (await import("./resolve-dialog.tsx")).ResolveDialog;

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
  const props: StepTraceProps = { agentId, iteration, axis };
  return (
    <>
      <button
        type="button"
        class="button button-icon button-bare step-open"
        aria-expanded={isOpen}
        aria-controls={id}
        aria-label={`Trace of step ${iteration}`}
        title="What this step did outside: model calls and effects"
        onClick={() => setOpen(!isOpen)}
      >
        <Icon name={isOpen ? "up" : "down"} />
      </button>
      <div class="step-trace" id={id} hidden={!isOpen}>
        {isOpen && children}
        {isOpen && (
          <LazyPart
            load={loadTrace}
            props={props}
            loading={<p class="faint">Loading the trace…</p>}
            failed={<p class="faint">{outdated}</p>}
          />
        )}
      </div>
    </>
  );
}

export function ResolveLater({ effect }: { readonly effect: UnknownEffect }) {
  const close = () => {
    dialog.value = null;
  };
  const failed = (
    <Modal title={`Resolve ${effect.name}`} onClose={close}>
      <p>{outdated}</p>
    </Modal>
  );
  return <LazyPart load={loadResolve} props={{ effect }} loading={null} failed={failed} />;
}
