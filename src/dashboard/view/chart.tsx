/** A line over time, drawn by uPlot in the page's colours. */

import { useEffect, useRef } from "preact/hooks";
import type uPlot from "uplot";
import { clockText } from "../../picture/time-text.ts";
import { coloursVersion, textScale } from "../theme.ts";
import { type Colours, readColours } from "./colours.ts";

export interface ChartProps {
  /** What it shows, for screen readers. */
  readonly label: string;
  /** Milliseconds since the epoch. */
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  /** In pixels, with text of the usual size. */
  readonly height: number;
  readonly format: (value: number) => string;
  /** The least top of the scale, so that small values look small. */
  readonly topMin?: number;
}

/** A line needs two points; before that there is nothing to draw. */
export function Chart(props: ChartProps) {
  const points = props.values.reduce<number>((sum, value) => sum + (value === null ? 0 : 1), 0);
  if (points < 2) {
    return <div class="chart chart-empty" data-height={props.height} />;
  }
  return <Plot {...props} />;
}

function Plot(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const colours = coloursVersion.value;
  const scale = textScale.value;
  const { label, height, times, values } = props;
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const ended = new AbortController();
    // Loaded on demand: most visits show no chart.
    void import("uplot").then(({ default: Painter }) => {
      if (ended.signal.aborted) return;
      const made = new Painter(optionsOf(latest.current, element), dataOf(latest.current), element);
      plot.current = made;
      const fit = () => made.setSize({ width: element.clientWidth, height: height * scale });
      const observer = new ResizeObserver(fit);
      observer.observe(element);
      ended.signal.addEventListener("abort", () => {
        observer.disconnect();
        made.destroy();
      });
    });
    return () => ended.abort();
  }, [colours, scale]);
  useEffect(() => {
    plot.current?.setData(dataOf(props));
  }, [times.length, times.at(-1), values]);
  return <div class="chart" ref={holder} role="img" aria-label={label} data-height={height} />;
}

function dataOf({ times, values }: ChartProps): uPlot.AlignedData {
  return [times.map((time) => time / 1_000), [...values]];
}

function optionsOf(props: ChartProps, element: HTMLElement): uPlot.Options {
  const { height, format, topMin = 0 } = props;
  const colours = readColours(element);
  const scale = textScale.peek();
  const series: uPlot.Series = {
    stroke: colours.accent,
    width: 1.5,
    fill: colours["accent-wash"],
    points: { show: false },
    value: (_, value) => (value === null ? "" : format(value)),
  };
  return {
    width: element.clientWidth || 100,
    height: height * scale,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8 * scale, 26 * scale, 0, 0],
    scales: { y: { range: (_, _min, max) => [0, Math.max(niceTop(max), topMin)] } },
    axes: axesOf(colours, format, scale),
    series: [{}, series],
    plugins: [readout(format)],
  };
}

function axesOf(colours: Colours, format: ChartProps["format"], scale: number): uPlot.Axis[] {
  const base: uPlot.Axis = {
    stroke: colours["text-faint"],
    grid: { stroke: colours["line-soft"], width: 1 },
    ticks: { show: false },
    font: `${11 * scale}px sans-serif`,
  };
  const clock = (_: uPlot, seconds: number[]) => seconds.map((at) => clockText(at * 1_000));
  return [
    { ...base, values: clock, space: 90 * scale, size: 24 * scale, grid: { show: false } },
    { ...base, values: (_, marks) => marks.map(format), size: 62 * scale, space: 28 * scale },
  ];
}

/** The value under the pointer. */
function readout(format: ChartProps["format"]): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "chart-readout";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor: (plot) => {
        const at = plot.cursor.idx;
        const value = at === null || at === undefined ? null : plot.data[1]?.[at];
        const time = at === null || at === undefined ? undefined : plot.data[0][at];
        box.hidden = value === null || value === undefined || time === undefined;
        if (typeof value !== "number" || time === undefined) return;
        box.textContent = `${format(value)} · ${clockText(time * 1_000)}`;
        const left = plot.valToPos(time, "x");
        const isRight = left > plot.over.clientWidth / 2;
        box.style.left = isRight ? "" : `${left + 8}px`;
        box.style.right = isRight ? `${plot.over.clientWidth - left + 8}px` : "";
      },
    },
  };
}

function niceTop(max: number | null): number {
  return max === null || max <= 0 ? 1 : max * 1.15;
}
