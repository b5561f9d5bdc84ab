/** The agent's last error, and its failed steps, newest first. */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { countText } from "../../picture/number-text.ts";
import { StepsReader } from "../link/steps-reader.ts";
import { isErrorOver } from "../state/error-age.ts";
import { STEPS_KEPT_MAX } from "../state/step-pages.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { ErrorBox } from "./error-box.tsx";
import { Ago } from "./marks.tsx";
import { PassingButton } from "./passing-button.tsx";

export function AgentErrors({ view, watch }: AgentPartProps) {
  const { agent_id: id } = view;
  const reader = useMemo(
    () => new StepsReader(id, { status: "error", onBreak: (listener) => watch.onBreak(listener) }),
    [id, watch],
  );
  useEffect(() => {
    void reader.readNewest();
    return () => reader[Symbol.dispose]();
  }, [reader]);
  const failed = reader.steps.value;
  const isEmpty = failed.length === 0;
  const hasRead = reader.hasRead.value;
  return (
    <>
      <LastError view={view} watch={watch} />
      <NotRead reader={reader} />
      {!isEmpty && (
        <div class="panel">
          <h2>Failed steps</h2>
          <ol class="failed-steps">
            {failed.map(({ step_id, iteration, error }) => (
              <li key={step_id}>
                {error !== null && <ErrorBox title={`Step ${iteration}`} error={error} />}
              </li>
            ))}
          </ol>
          <Older agentId={view.agent_id} reader={reader} />
        </div>
      )}
      {isEmpty && !hasRead && reader.error.value === null && (
        <p class="empty-line">Loading failed steps…</p>
      )}
      {isEmpty && hasRead && view.last_error === null && (
        <p class="empty-line">Nothing has failed.</p>
      )}
    </>
  );
}

interface ReaderProps {
  readonly reader: StepsReader;
}

function NotRead({ reader }: ReaderProps) {
  const error = reader.error.value;
  if (error === null) return null;
  const isReading = reader.isReading.value;
  return (
    <div>
      <ErrorBox title="The failed steps cannot be read" error={error} />
      <PassingButton
        class="button button-small older"
        aria-disabled={isReading}
        onClick={() => {
          if (!isReading) void reader.readNewest();
        }}
        next={() =>
          document.querySelector(".failed-steps") ?? document.querySelector("[role=tabpanel]")
        }
      >
        {isReading ? "Loading…" : "Try again"}
      </PassingButton>
    </div>
  );
}

interface OlderProps extends ReaderProps {
  readonly agentId: string;
}

function Older({ agentId, reader }: OlderProps) {
  /** How many there were when older ones were requested. */
  const before = useRef(0);
  if (reader.older.value === "no_room") {
    return (
      <p class="empty-line">
        The newest {countText(STEPS_KEPT_MAX)} failed steps are shown. Older ones:{" "}
        <code>troupe agent steps {agentId} --status error</code>
      </p>
    );
  }
  if (reader.older.value === "none") return null;
  const error = reader.olderError.value;
  const isLoading = reader.isLoadingOlder.value;
  return (
    <>
      {error !== null && <ErrorBox title="Older failed steps cannot be read" error={error} />}
      <PassingButton
        class="button button-small older"
        aria-disabled={isLoading}
        onClick={() => {
          before.current = reader.steps.value.length;
          void reader.loadOlder();
        }}
        next={() => document.querySelector(".failed-steps")?.children[before.current]}
      >
        {isLoading ? "Loading…" : "Load older failed steps"}
      </PassingButton>
    </>
  );
}

/** Open while the error matters, folded after later steps have succeeded. */
function LastError({ view, watch }: AgentPartProps) {
  const error = view.last_error;
  if (error === null) return null;
  if (!isErrorOver(view, watch.steps.value))
    return <ErrorBox title="Last error" error={error} isStackOpen />;
  return (
    <details class="fold last-error">
      <summary>
        Last error <code>{error.code}</code>
        {error.at !== undefined && (
          <>
            , <Ago time={error.at} isPhrase />
          </>
        )}
        ; steps have succeeded since
      </summary>
      <ErrorBox error={error} />
    </details>
  );
}
