/** What the agent is at: the answer that is being written, and the last one that was. */

import type { AgentView } from "../../model/view.ts";
import type { AgentWatch } from "../link/agent-watch.ts";
import { valueText } from "./json-box.tsx";
import { Ago } from "./marks.tsx";

interface AgentNowProps {
  readonly view: AgentView;
  readonly watch: AgentWatch;
}

export function AgentNow({ view, watch }: AgentNowProps) {
  const call = watch.call.value;
  const last = watch.steps.value.find(({ result }) => result !== null);
  const result = last?.result ?? view.result;
  const subject = last?.subject ?? view.current_subject;
  return (
    <div class="now">
      <dl class="now-line">
        <dt>Subject</dt>
        <dd class="now-subject">{subject ?? "none"}</dd>
      </dl>
      {call !== null && (
        <figure class="answer answer-live">
          <figcaption>
            <span class="pulse" aria-hidden="true" /> {call.function} is answering
          </figcaption>
          <p>
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
        <p>{result ?? <span class="faint">none yet</span>}</p>
      </figure>
    </div>
  );
}
