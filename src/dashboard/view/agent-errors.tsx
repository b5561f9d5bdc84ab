/** The agent's last error, and its failed steps, newest first. */

import { useEffect, useMemo } from "preact/hooks";
import { countText } from "../../picture/number-text.ts";
import { FailedSteps } from "../link/failed-steps.ts";
import { isErrorOver } from "../state/error-age.ts";
import { mergeSteps, STEPS_KEPT_MAX } from "../state/step-pages.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { ErrorBox } from "./error-box.tsx";
import { Ago } from "./marks.tsx";

export function AgentErrors({ view, watch }: AgentPartProps) {
  const reader = useMemo(() => new FailedSteps(view.agent_id), [view.agent_id]);
  useEffect(() => () => reader[Symbol.dispose](), [reader]);
  // Those that fail while the page is open are not read again.
  const fresh = watch.steps.value.filter(({ status }) => status === "error");
  const failed = mergeSteps(reader.steps.value, fresh);
  const isEmpty = failed.length === 0;
  return (
    <>
      <LastError view={view} watch={watch} />
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
      {isEmpty && !reader.hasRead.value && <p class="empty-line">Loading failed steps…</p>}
      {isEmpty && reader.hasRead.value && view.last_error === null && (
        <p class="empty-line">Nothing has failed.</p>
      )}
    </>
  );
}

interface OlderProps {
  readonly agentId: string;
  readonly reader: FailedSteps;
}

function Older({ agentId, reader }: OlderProps) {
  if (reader.older.value === "no_room") {
    return (
      <p class="empty-line">
        The newest {countText(STEPS_KEPT_MAX)} failed steps are shown. Older ones:{" "}
        <code>troupe agent steps {agentId} --status error</code>
      </p>
    );
  }
  if (reader.older.value === "none") return null;
  return (
    <button
      type="button"
      class="button button-small older"
      aria-disabled={reader.isLoading.value}
      onClick={() => void reader.loadOlder()}
    >
      {reader.isLoading.value ? "Loading…" : "Load older failed steps"}
    </button>
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
