/** Memory and processor time of one agent while its page is open. */

import { bytesText, percentText } from "../../picture/number-text.ts";
import type { AgentPartProps } from "./agent-part.ts";
import { Chart } from "./chart.tsx";

const CHART_HEIGHT = 120;
/** The least range of the scales: 10 MiB, and a twentieth of a processor. */
const MEMORY_TOP_MIN = 10 * 2 ** 20;
const CPU_TOP_MIN = 0.05;

export function AgentFigures({ view, watch }: AgentPartProps) {
  const samples = watch.figures.value;
  const times = samples.map(({ time }) => time);
  const memory = samples.map(({ memoryBytes }) => memoryBytes);
  // An agent that has ended has no thread, and an empty chart shows nothing.
  if (memory.every((bytes) => bytes === null)) {
    return <p class="empty-line">No figures: the agent has no thread.</p>;
  }
  const cpu = samples.map(({ cpuShare }) => cpuShare);
  // Processor time is known from the second reading on.
  const noFigure = view.ended_at !== null && watch.live.value === null ? "ended" : "–";
  return (
    <div class="agent-figures">
      <FigurePanel
        noFigure={noFigure}
        name="Memory"
        last={memory.at(-1)}
        format={bytesText}
        topMin={MEMORY_TOP_MIN}
        times={times}
        values={memory}
      />
      <FigurePanel
        noFigure={noFigure}
        name="CPU"
        last={cpu.at(-1)}
        format={percentText}
        topMin={CPU_TOP_MIN}
        times={times}
        values={cpu}
      />
    </div>
  );
}

interface FigurePanelProps {
  /** Replaces a missing figure. */
  readonly noFigure: string;
  readonly name: string;
  readonly last: number | null | undefined;
  readonly format: (value: number) => string;
  readonly topMin: number;
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
}

function FigurePanel({ noFigure, name, last, format, topMin, times, values }: FigurePanelProps) {
  const text = last === null || last === undefined ? noFigure : format(last);
  return (
    <div class="panel">
      <h2>
        {name} <span class="panel-value">{text}</span>
      </h2>
      <Chart
        label={`${name} of the agent over time, now ${text}`}
        times={times}
        values={values}
        height={CHART_HEIGHT}
        format={format}
        topMin={topMin}
      />
    </div>
  );
}
