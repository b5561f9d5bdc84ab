/** The figures of the fleet, each with a line of its last minutes. */

import type { FleetStats } from "../../model/event.ts";
import {
  bytesText,
  countText,
  percentText,
  plural,
  rateText,
  shortCountText,
} from "../../picture/number-text.ts";
import { spentText } from "../../picture/spent-text.ts";
import { type StatsSample, tokensOf } from "../../picture/stats-history.ts";
import { connection, fleet, fleetVersion, stats, statsHistory } from "../page-store.ts";
import { hashOf } from "../state/route.ts";
import { Spark } from "./spark.tsx";

interface Figure {
  readonly name: string;
  readonly hint: string;
  readonly value: string;
  readonly note: string;
  readonly of: (sample: StatsSample) => number;
}

export function FleetFigures() {
  const known = stats.value;
  return (
    <section
      class="figures"
      aria-label="Fleet figures"
      data-stale={["quiet", "lost", "refused"].includes(connection.value)}
    >
      <AgentsFigure />
      {figuresOf(known).map((figure) => (
        <FigureTile key={figure.name} figure={figure} />
      ))}
      <UsageFigure />
    </section>
  );
}

/** How many agents there are, and how many are running. */
function AgentsFigure() {
  fleetVersion.value;
  const counts = fleet.value.countByStatus();
  return (
    <div class="figure">
      <span class="figure-name">Agents</span>
      <span class="figure-value">{countText(fleet.value.size)}</span>
      <span class="figure-note">{countText(counts.get("running") ?? 0)} running</span>
    </div>
  );
}

function FigureTile({ figure }: { readonly figure: Figure }) {
  const { samples } = statsHistory;
  const { name, hint, value, note, of } = figure;
  return (
    <div class="figure" title={hint}>
      <span class="figure-name">{name}</span>
      <span class="figure-value">{value}</span>
      <span class="figure-note">{note}</span>
      <Spark label={`${name} over the last minutes`} values={samples.map(of)} />
    </div>
  );
}

const unknown = "–";

function figuresOf(known: FleetStats | undefined): readonly Figure[] {
  const last = statsHistory.samples.at(-1);
  const of = (value: (stats: FleetStats) => string) =>
    known === undefined ? unknown : value(known);
  const note = (value: (stats: FleetStats) => string) => (known === undefined ? "" : value(known));
  const rate = (value: (sample: StatsSample) => number) =>
    last === undefined ? unknown : rateText(value(last));
  return [
    {
      name: "Steps/s",
      hint: "Steps per second, all agents together, over the last 10 s",
      value: rate(({ stepsPerSecond }) => stepsPerSecond),
      note: note(({ steps_total, restarts_total }) =>
        [
          `${shortCountText(steps_total.error)} failed`,
          ...(restarts_total > 0 ? [`${shortCountText(restarts_total)} restarts`] : []),
        ].join(", "),
      ),
      of: ({ stepsPerSecond }) => stepsPerSecond,
    },
    {
      name: "Actions/s",
      hint: "Actions processed per second, over the last 10 s",
      value: rate(({ actionsPerSecond }) => actionsPerSecond),
      note: note(({ actions }) => `${countText(actions.in_flight)} in flight`),
      of: ({ actionsPerSecond }) => actionsPerSecond,
    },
    {
      name: "Tokens",
      hint: "Input and output tokens since the process started",
      value: of((totals) => shortCountText(tokensOf(totals))),
      note: note(({ llm }) => callsText(llm)),
      of: ({ tokensPerSecond }) => tokensPerSecond,
    },
    ...processFigures(of, last),
  ];
}

/** Failed and waiting model calls or, if there are none, the running ones. */
function callsText({ in_flight, waiting, failures_total }: FleetStats["llm"]): string {
  const parts = failures_total > 0 ? [`${shortCountText(failures_total)} failed`] : [];
  if (waiting > 0) parts.push(`${shortCountText(waiting)} waiting`);
  return parts.length > 0 ? parts.join(", ") : `${plural(in_flight, "call")} running`;
}

function processFigures(
  of: (value: (stats: FleetStats) => string) => string,
  last: StatsSample | undefined,
): readonly Figure[] {
  return [
    {
      name: "Memory",
      hint: "Resident memory of the whole process",
      value: of(({ process }) => bytesText(process.rss_bytes)),
      note: last === undefined ? "" : `CPU ${percentText(last.cpuShare)}`,
      of: ({ rssBytes }) => rssBytes,
    },
    {
      name: "Control delay",
      hint: "How long the supervisor's event loop is delayed: 99th percentile of the last second",
      value: of(({ process }) => `${rateText(process.event_loop_delay_ms)} ms`),
      note: "p99",
      of: ({ eventLoopDelayMs }) => eventLoopDelayMs,
    },
  ];
}

/** What the fleet has spent on models today, in this hour, and which agent most. */
function UsageFigure() {
  const usage = stats.value?.usage;
  const top = usage?.top ?? null;
  return (
    <div
      class="figure figure-usage"
      title="Spent by all agents on models today (UTC). A + means that some models have no price in models.json"
    >
      <span class="figure-name">Spent today</span>
      <span class="figure-value">{usage === undefined ? "–" : spentText(usage.day)}</span>
      <span class="figure-note">
        {usage !== undefined && `${spentText(usage.hour)} this hour`}
        {top !== null && (
          <span class="figure-top">
            , most: <a href={hashOf({ page: "agent", id: top.agent_id })}>{top.agent_id}</a>{" "}
            {spentText(top.day)}
          </span>
        )}
      </span>
    </div>
  );
}
