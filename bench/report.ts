/** Prints and stores the measures of a benchmark: a table for people and JSON for machines. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

export interface Measure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The physical limit measured in the same run, and how far from it the value is. */
  readonly limit?: number;
  /** Greatest ratio of value to limit that is aimed at. */
  readonly aim?: number;
  /** Least ratio of value to limit that is aimed at, if more is better. */
  readonly aimLeast?: number;
  /** Least and greatest value that is aimed at, whatever the limit. */
  readonly least?: number;
  readonly most?: number;
}

/** A measure as people read it. */
export interface Line {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly ratio: string;
  readonly aim: string;
}

/** Values in order from which percentiles are read. */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

/** Prints the measures as a table and keeps them. */
export function report(name: string, measures: readonly Measure[]): void {
  console.log(`\n${name} (${machine()})`);
  console.table(measures.map(toLine));
  writeResult(name, { measures });
}

/** Writes `bench/results/<date>-<name>.json`. */
export function writeResult(name: string, result: Readonly<Record<string, unknown>>): void {
  writeJson(resultPlace(name, "json"), { name, date, machine: machine(), ...result });
}

/** The stored results of a benchmark of this date; undefined if there are none. */
export function readMeasures(name: string): readonly Measure[] | undefined {
  try {
    const text = readFileSync(resultPlace(name, "json"), "utf8");
    return (JSON.parse(text) as { measures?: readonly Measure[] }).measures ?? [];
  } catch {
    return undefined;
  }
}

/** Writes `bench/results/<date>.json` with the measures of all benchmarks, and `<date>.md`. */
export function writeOverview(benchmarks: readonly Benchmark[]): void {
  writeJson(resultPlace("", "json"), { date, machine: machine(), benchmarks });
  writeFileSync(resultPlace("", "md"), toMarkdown(benchmarks));
}

interface Benchmark {
  readonly name: string;
  readonly measures: readonly Measure[];
}

/**
 * When this run started, as in the names of its files. Benchmarks that run one after the other share the
 * date of the first.
 */
export const date =
  process.env["BENCH_DATE"] ?? new Date().toISOString().slice(0, 19).replaceAll(":", "-");

/** The place of a result; without a name, that of all benchmarks together. */
export function resultPlace(name: string, ending: string): URL {
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = name === "" ? date : `${date}-${name}`;
  return new URL(`${file}.${ending}`, folder);
}

function toLine(measure: Measure): Line {
  const { what, value, unit, limit } = measure;
  return {
    what,
    value: `${asText(value)} ${unit}`.trim(),
    limit: limit === undefined ? "" : asText(limit),
    ratio: limit === undefined ? "" : (value / limit).toFixed(2),
    aim: describeAim(measure),
  };
}

/** JSON turns NaN and Infinity into null. */
function asText(value: number | null): string {
  return value === null || !Number.isFinite(value) ? "none" : value.toFixed(2);
}

function describeAim({ value, limit, aim, aimLeast, least, most }: Measure): string {
  const ratio = limit === undefined ? Number.NaN : value / limit;
  const aims = [
    ...(aim === undefined ? [] : [{ text: `≤ ${aim} ×`, isMet: ratio <= aim }]),
    ...(aimLeast === undefined ? [] : [{ text: `≥ ${aimLeast} ×`, isMet: ratio >= aimLeast }]),
    ...(least === undefined ? [] : [{ text: `≥ ${round(least)}`, isMet: value >= least }]),
    ...(most === undefined ? [] : [{ text: `≤ ${round(most)}`, isMet: value <= most }]),
  ];
  return aims.map(({ text, isMet }) => (isMet ? text : `${text} (missed)`)).join(", ");
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function toMarkdown(benchmarks: readonly Benchmark[]): string {
  const rows = benchmarks.flatMap(({ name, measures }) =>
    measures.map((measure) => {
      const { what, value, limit, ratio, aim } = toLine(measure);
      return `| ${[name, what, value, limit, ratio, aim].map(asCell).join(" | ")} |`;
    }),
  );
  return `# Benchmarks of ${date}

${machine()}, Node ${process.versions.node}. A limit was measured in the same run; the ratio is value to limit.

| benchmark | what | value | limit | ratio | aim |
|---|---|---:|---:|---:|---|
${rows.join("\n")}
`;
}

/** Markdown drops the spaces of an indented line. */
function asCell(text: string): string {
  return text.replace(/^ +/, "… ").replaceAll("|", "\\|");
}

function writeJson(place: URL, value: unknown): void {
  writeFileSync(place, `${JSON.stringify(value, null, 2)}\n`);
}

function machine(): string {
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
