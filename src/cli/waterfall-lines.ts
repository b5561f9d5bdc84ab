/** Steps as lines of a waterfall: one bar for each effect, on the time axis of its step. */

import type { EffectView } from "../model/agent-view.ts";
import type { StepRow } from "../model/step.ts";
import { barOf, type TraceAxis, type TraceBar, tookOf } from "../picture/effect-bars.ts";
import { countText } from "../picture/number-text.ts";
import { dateText, durationText } from "../picture/time-text.ts";
import { paintEffect } from "./effect-verbs.ts";
import { plainLine, widthOf } from "./text/plain-text.ts";
import { paintStatus } from "./text/status-colour.ts";
import { type Column, renderTable } from "./text/table.ts";
import { paint } from "./text/terminal-output.ts";

/** A step, and what it did outside itself, oldest first. */
export interface TracedStep {
  readonly iteration: number;
  /** Null if it has not ended. */
  readonly step: StepRow | null;
  readonly axis: TraceAxis;
  readonly effects: readonly EffectView[];
}

/** Columns of a terminal, or of a file. */
const WIDTH_ELSEWHERE = 120;
const BAR_WIDTH = { least: 8, most: 40 } as const;

/** All steps have the same columns, below one head. */
export function waterfallLines(
  steps: readonly TracedStep[],
  { isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number },
): readonly string[] {
  const width = isTTY === true ? (columns ?? WIDTH_ELSEWHERE) : WIDTH_ELSEWHERE;
  const rows = steps.flatMap(({ effects, axis }) => effects.map((effect) => ({ effect, axis })));
  const look = { width, paintTitle: (text: string) => paint("bold", text) };
  const barWidth = Math.min(BAR_WIDTH.most, Math.max(BAR_WIDTH.least, Math.floor(width / 4)));
  const [head, ...body] = renderTable(columnsOf(barWidth), rows, look);
  const lines = rows.length === 0 || head === undefined ? [] : [head];
  let next = 0;
  for (const traced of steps) {
    lines.push(headingOf(traced));
    for (const effect of traced.effects) {
      lines.push(body[next] ?? "");
      next += 1;
      if (effect.state === "unknown") lines.push(...helpLines(effect, width));
    }
  }
  return lines;
}

interface Row {
  readonly effect: EffectView;
  readonly axis: TraceAxis;
}

function columnsOf(barWidth: number): readonly Column<Row>[] {
  const paintRow = (text: string, { effect }: Row) => paintEffect(effect.state, text);
  return [
    { title: "name", cell: ({ effect }) => `  ${effect.name}`, widthMin: 14, widthLeast: 8 },
    {
      title: "time in the step",
      width: barWidth,
      cell: ({ effect, axis }) => barText(barOf(effect, axis), barWidth),
      paint: paintRow,
    },
    { title: "took", cell: ({ effect }) => durationOr(tookOf(effect)), align: "right" },
    { title: "state", cell: ({ effect }) => effect.state, paint: paintRow },
    { title: "kind", cell: ({ effect }) => effect.kind, isOptional: true },
    {
      title: "waited",
      cell: ({ effect }) => durationOr(effect.wait_ms),
      align: "right",
      isOptional: true,
    },
    {
      title: "retries",
      cell: ({ effect }) => String(effect.retries ?? ""),
      align: "right",
      isOptional: true,
    },
    { title: "tokens", cell: ({ effect }) => tokensOf(effect), align: "right", isOptional: true },
    { title: "model", cell: ({ effect }) => effect.model ?? "", widthMin: 8, isOptional: true },
  ];
}

/** `step 12  ok, 3.2 s, 2026-11-23 14:03:09`. */
function headingOf({ iteration, step, axis, effects }: TracedStep): string {
  const title = paint("bold", `step ${iteration}`);
  const none = effects.length === 0 ? ", nothing outside" : "";
  if (step === null) return `${title}  not ended, since ${dateText(axis.from)}${none}`;
  const { status, started_at, ended_at, error } = step;
  const took = durationText(ended_at - started_at);
  const failure = error === null ? "" : `, ${plainLine(error.code)}`;
  return `${title}  ${paintStatus(status, status)}, ${took}, ${dateText(started_at)}${failure}${none}`;
}

/** Light for the wait, dark for the call; always at least one column. */
function barText(bar: TraceBar | null, width: number): string {
  if (bar === null) return "(earlier run)".slice(0, width);
  const start = Math.min(width - 1, Math.floor(bar.start * width));
  const end = Math.min(width, Math.max(start + 1, Math.round((bar.start + bar.length) * width)));
  const wait = Math.min(end - start - 1, Math.round(bar.wait * width));
  return " ".repeat(start) + "░".repeat(wait) + "█".repeat(end - start - wait);
}

/** What resolves it. A terminal that breaks a long line would break it inside the id. */
function helpLines({ effect_id }: EffectView, width: number): readonly string[] {
  const verb = "  ↑ troupe effect resolve";
  const rest = `${plainLine(effect_id)} --done|--retry`;
  const whole = `${verb} ${rest}`;
  const lines = widthOf(whole) <= width ? [whole] : [verb, `    ${rest}`];
  return lines.map((line) => paintEffect("unknown", line));
}

function durationOr(ms: number | null): string {
  return ms === null ? "" : durationText(ms);
}

function tokensOf({ input_tokens, output_tokens }: EffectView): string {
  if (input_tokens === null && output_tokens === null) return "";
  return `${countText(input_tokens ?? 0)}+${countText(output_tokens ?? 0)}`;
}
