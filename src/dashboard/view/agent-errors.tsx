/** The agent's last error, and the steps that failed as far as they were read. */

import { isErrorOver } from "../state/error-age.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { ErrorBox } from "./error-box.tsx";
import { Ago } from "./marks.tsx";

export function AgentErrors({ view, watch }: AgentPartProps) {
  const failed = watch.steps.value.filter(({ error }) => error !== null);
  return (
    <>
      <LastError view={view} watch={watch} />
      {failed.length > 0 && (
        <div class="panel">
          <h2>
            Failed steps <span class="panel-value">of the {watch.steps.value.length} read</span>
          </h2>
          <ol class="failed-steps">
            {failed.map(({ step_id, iteration, error }) => (
              <li key={step_id}>
                {error !== null && <ErrorBox title={`Step ${iteration}`} error={error} />}
              </li>
            ))}
          </ol>
        </div>
      )}
      {view.last_error === null && failed.length === 0 && (
        <p class="empty-line">Nothing has failed.</p>
      )}
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
