/** The fleet over time: filters, lanes on a canvas, and the steps of the lane with the focus as a table. */

import { useEffect, useMemo } from "preact/hooks";
import { listQueryDefault } from "../../../picture/list-query.ts";
import { TimelineReader } from "../../link/timeline-reader.ts";
import { fleet, fleetVersion, isLoaded, query, timelineView } from "../../page-store.ts";
import { timeNow } from "../../server-time.ts";
import { selectAgents } from "../../state/agent-rows.ts";
import { type Lane, lanesOf } from "../../state/timeline-lanes.ts";
import { ClearFilters } from "../clear-filters.tsx";
import { LaneCanvas } from "./lane-canvas.tsx";
import { LaneTable } from "./lane-table.tsx";
import { TimelineBar } from "./timeline-bar.tsx";
import { TimelineLegend } from "./timeline-legend.tsx";

export function TimelinePage() {
  const reader = useMemo(() => new TimelineReader(), []);
  useEffect(() => () => reader[Symbol.dispose](), [reader]);
  const lanes = useLanes();
  return (
    <section class="pane timeline" aria-label="Timeline">
      <TimelineBar lanes={lanes.length} isReading={reader.isReading.value} />
      <Notes reader={reader} />
      {lanes.length === 0 ? (
        <Empty />
      ) : (
        <>
          <LaneCanvas reader={reader} lanes={lanes} />
          <TimelineLegend />
          <LaneTable reader={reader} lanes={lanes} />
        </>
      )}
    </section>
  );
}

/** In the order of their names, so that lanes stay where they are. */
function useLanes(): readonly Lane[] {
  fleetVersion.value;
  const asked = { ...query.value, sort: listQueryDefault.sort, isDescending: false };
  return lanesOf(selectAgents(fleet.value.agents, asked, timeNow()), timelineView.value.lanes);
}

function Notes({ reader }: { readonly reader: TimelineReader }) {
  const { error, cutAt } = reader;
  if (error.value !== null) {
    return (
      <p class="notice timeline-note" data-tone="bad" role="alert">
        The steps cannot be read: {error.value.message}. Trying again.
      </p>
    );
  }
  if (cutAt.value === null) return null;
  return (
    <p class="notice timeline-note" data-tone="held">
      There are too many steps to count them all: those before{" "}
      {new Date(cutAt.value).toLocaleString("sv-SE")} are not shown.
    </p>
  );
}

function Empty() {
  fleetVersion.value;
  if (!isLoaded.value) return <p class="empty">Loading agents…</p>;
  const isFiltered = fleet.value.size > 0;
  return (
    <div class="empty">
      <h2>{isFiltered ? "No agent matches" : "No agents yet"}</h2>
      <p>
        {isFiltered
          ? "The search and the filters are those of the list of agents."
          : "Each agent gets a lane here, with a bar for each of its steps."}
      </p>
      {isFiltered && <ClearFilters />}
    </div>
  );
}
