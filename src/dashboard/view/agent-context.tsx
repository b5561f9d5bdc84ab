/** The agent's context now or after any of its steps, and the difference between two of them. */

import { useEffect, useMemo, useState } from "preact/hooks";
import type { ErrorData } from "../../model/error-data.ts";
import { errorDataOf } from "../link/api.ts";
import { ContextReader } from "../link/context-reader.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { Button } from "./button.tsx";
import { ContextDifference } from "./context-difference.tsx";
import { ContextTree } from "./context-tree.tsx";
import { ErrorBox } from "./error-box.tsx";
import { StepSlider } from "./step-slider.tsx";

/** Milliseconds that a slider rests before its step is read. */
const REST_MS = 120;

export function AgentContext({ view, watch }: AgentPartProps) {
  /** Null: the newest. */
  const [step, setStep] = useState<number | null>(null);
  /** The step to compare with; null: none. */
  const [base, setBase] = useState<number | null>(null);
  const reader = useMemo(() => new ContextReader(view.agent_id), [view.agent_id]);
  const old = useStepContext(reader, step);
  const compared = useStepContext(reader, base);
  const newest = view.iteration;
  const context = step === null ? view.context : old.context;
  const isRead = step === null || old.isRead;
  const isLoading = !isRead || (base !== null && !compared.isRead);
  const error = old.error ?? compared.error;
  const iterations = watch.steps.value.map(({ iteration }) => iteration).toReversed();
  return (
    <div class="context-tab">
      <StepSlider
        name="Step"
        iterations={iterations}
        newest={newest}
        value={step}
        choose={setStep}
        note={noteOf(step, old)}
      />
      <Comparison
        iterations={iterations}
        newest={newest}
        base={base}
        setBase={setBase}
        first={Math.max(1, (step ?? newest) - 1)}
        note={noteOf(base, compared)}
      />
      {error !== null && <ErrorBox error={error} />}
      {isLoading && error === null && <p class="empty-line">Loading the context…</p>}
      {isRead && base === null && <ContextTree context={context} />}
      {isRead && base !== null && compared.isRead && (
        <ContextDifference before={compared.context} after={context} />
      )}
    </div>
  );
}

interface ComparisonProps {
  readonly iterations: readonly number[];
  readonly newest: number;
  readonly base: number | null;
  readonly setBase: (base: number | null) => void;
  /** The step to compare with at first. */
  readonly first: number;
  readonly note: string;
}

function Comparison({ iterations, newest, base, setBase, first, note }: ComparisonProps) {
  if (base === null) {
    return (
      <button
        type="button"
        class="link compare"
        disabled={newest === 0}
        onClick={() => setBase(first)}
      >
        Compare with another step
      </button>
    );
  }
  return (
    <StepSlider
      name="Compared with step"
      iterations={iterations}
      newest={newest}
      value={base}
      choose={(chosen) => setBase(chosen ?? Math.max(1, newest))}
      note={note}
      end={
        <Button look="small" onClick={() => setBase(null)}>
          Stop comparing
        </Button>
      }
    />
  );
}

interface ReadContext {
  readonly isRead: boolean;
  readonly context: unknown;
  /** The step that changed it last. */
  readonly from: number | null;
  readonly error: ErrorData | null;
}

const nothingRead: ReadContext = { isRead: false, context: null, from: null, error: null };

/** Until the next one is read, the last one stays. */
function useStepContext(reader: ContextReader, iteration: number | null): ReadContext {
  const [read, setRead] = useState(nothingRead);
  useEffect(() => {
    if (iteration === null) return setRead(nothingRead);
    const ended = new AbortController();
    const start = async () => {
      try {
        const { context, from_iteration: from } = await reader.read(iteration, ended.signal);
        if (!ended.signal.aborted) setRead({ isRead: true, context, from, error: null });
      } catch (error) {
        if (!ended.signal.aborted) setRead({ ...nothingRead, error: errorDataOf(error) });
      }
    };
    const timer = setTimeout(() => void start(), reader.has(iteration) ? 0 : REST_MS);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [reader, iteration]);
  return read;
}

function noteOf(step: number | null, { isRead, from }: ReadContext): string {
  if (step === null || !isRead) return "";
  if (from === null) return "no step that is kept changed it before";
  return from === step ? "changed by this step" : `unchanged since step ${from}`;
}
