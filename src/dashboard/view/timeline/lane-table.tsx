/** The last shown steps of the lane with the focus, as text: for all who do not see the canvas, and to open one. */

import { clockText, durationText, isoTime } from "../../../picture/time-text.ts";
import type { TimelineReader } from "../../link/timeline-reader.ts";
import { go } from "../../navigation.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import type { Span } from "../../state/lane-spans.ts";
import type { Lane } from "../../state/timeline-lanes.ts";
import { shownTime } from "../../state/timeline-view.ts";
import { StatusMark, StepMark } from "../marks.tsx";
import { ScrollPanel } from "../scroll-panel.tsx";

const ROWS_MAX = 30;

interface LaneTableProps {
  readonly reader: TimelineReader;
  readonly lanes: readonly Lane[];
}

export function LaneTable({ reader, lanes }: LaneTableProps) {
  reader.version.value;
  const view = timelineView.value;
  const lane = lanes.find(({ key }) => key === view.lane);
  if (lane === undefined) return null;
  const [agent] = lane.agents;
  const isAgent = view.lanes === "agent" && agent !== undefined;
  const steps = lane.agents
    .flatMap(({ id }) => lastSteps(reader, id))
    .sort((one, other) => other.span.endedAt - one.span.endedAt)
    .slice(0, ROWS_MAX);
  return (
    <ScrollPanel class="lane-table" role="region" aria-label={`Steps of ${lane.name}`}>
      <h2>
        {lane.name} {isAgent && <StatusMark status={agent.status} />}
      </h2>
      {steps.length === 0 ? (
        <p class="faint">No single step is known in this time. Zoom in to read them.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Step</th>
              {!isAgent && <th scope="col">Agent</th>}
              <th scope="col">Outcome</th>
              <th scope="col">Started</th>
              <th scope="col" class="number">
                Duration
              </th>
              <th scope="col">Notes</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step) => (
              <StepRow key={`${step.id} ${step.span.iteration}`} step={step} hasAgent={!isAgent} />
            ))}
          </tbody>
        </table>
      )}
    </ScrollPanel>
  );
}

interface LaneStep {
  readonly id: string;
  readonly span: Span;
  readonly isRestart: boolean;
}

/** Of the shown time, newest first. */
function lastSteps(reader: TimelineReader, id: string): readonly LaneStep[] {
  const spans = reader.spans.of(id);
  if (spans === undefined) return [];
  const { since, until } = shownTime(timelineView.value, timeNow());
  const steps: LaneStep[] = [];
  for (let at = spans.size - 1; at >= 0 && steps.length < ROWS_MAX; at -= 1) {
    const span = spans.at(at);
    if (span === undefined || span.endedAt < since) break;
    if (span.startedAt <= until) steps.push({ id, span, isRestart: spans.isRestart(at) });
  }
  return steps;
}

function StepRow({ step, hasAgent }: { readonly step: LaneStep; readonly hasAgent: boolean }) {
  const { id, span, isRestart } = step;
  const { iteration, status, startedAt, endedAt, isGuided } = span;
  const notes = [isGuided ? "used guidance" : "", isRestart ? "new thread" : ""].filter(Boolean);
  return (
    <tr>
      <td>
        <button
          type="button"
          class="link"
          aria-label={`Open step ${iteration} of ${id}`}
          onClick={() => go({ page: "agent", id }, iteration)}
        >
          {iteration}
        </button>
      </td>
      {hasAgent && <td>{id}</td>}
      <td>
        <StepMark status={status} text={status} />
      </td>
      <td>
        <time dateTime={isoTime(startedAt)}>{clockText(startedAt)}</time>
      </td>
      <td class="number">{durationText(endedAt - startedAt)}</td>
      <td>{notes.join(", ")}</td>
    </tr>
  );
}
