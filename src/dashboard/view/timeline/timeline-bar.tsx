/** Above the lanes: what they are, which agents, and which time. */

import { durationText } from "../../../picture/time-text.ts";
import { timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import { type LaneKind, laneKinds, panned, zoomed } from "../../state/timeline-view.ts";
import { Choices } from "../choices.tsx";
import { FilterBar } from "../filter-bar.tsx";
import { PageHeading } from "../page-heading.tsx";

const names: Readonly<Record<LaneKind, string>> = {
  agent: "Agents",
  type: "Types",
  status: "Statuses",
};

const ZOOM = 1.5;

interface TimelineBarProps {
  readonly lanes: number;
  readonly isReading: boolean;
}

export function TimelineBar({ lanes, isReading }: TimelineBarProps) {
  const view = timelineView.value;
  return (
    <div class="timeline-bar">
      <PageHeading>Timeline</PageHeading>
      <Choices
        name="A lane for each"
        choices={laneKinds.map((value) => ({ value, text: names[value] }))}
        chosen={view.lanes}
        choose={(lanes) => {
          timelineView.value = { ...view, lanes, lane: "" };
        }}
      />
      <TimeButtons />
      <button
        type="button"
        class="chip"
        aria-pressed={view.isFolded}
        title="Times without a step take little space (F)"
        onClick={() => {
          timelineView.value = { ...view, isFolded: !view.isFolded };
        }}
      >
        Fold idle time
      </button>
      <span class="faint timeline-lanes">
        {lanes.toLocaleString("en")} {lanes === 1 ? "lane" : "lanes"}
        {isReading && ", loading…"}
      </span>
      <FilterBar isFlat />
    </div>
  );
}

function TimeButtons() {
  const view = timelineView.value;
  const move = (change: typeof view) => {
    timelineView.value = change;
  };
  const button = (label: string, text: string, act: () => void) => (
    <button type="button" class="button button-icon" aria-label={label} title={label} onClick={act}>
      {text}
    </button>
  );
  return (
    <div class="timeline-time" role="group" aria-label="Time">
      {button("Earlier", "‹", () => move(panned(view, -0.5, timeNow())))}
      {button("Zoom out (−)", "−", () => move(zoomed(view, ZOOM, timeNow())))}
      <span class="timeline-span">{durationText(view.spanMs)}</span>
      {button("Zoom in (+)", "+", () => move(zoomed(view, 1 / ZOOM, timeNow())))}
      {button("Later", "›", () => move(panned(view, 0.5, timeNow())))}
      <button
        type="button"
        class="chip"
        aria-pressed={view.endAt === null}
        title="The right edge is now (End)"
        onClick={() => move({ ...view, endAt: view.endAt === null ? timeNow() : null })}
      >
        Live
      </button>
    </div>
  );
}
