/** What every benchmark prints and keeps: a table for people and JSON for machines. */

import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

export interface Measure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The physical limit measured in the same run, and how far from it the value is. */
  readonly limit?: number;
  /** Greatest ratio of value to limit that is aimed at. */
  readonly aim?: number;
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
  const text = JSON.stringify({ name, date, machine: machine(), ...result }, null, 2);
  writeFileSync(resultPlace(name, "json"), `${text}\n`);
}

/** When this benchmark began, as it stands in the names of its files. */
const date = new Date().toISOString().slice(0, 19).replaceAll(":", "-");

/** Where a result goes. */
export function resultPlace(name: string, ending: string): URL {
  const folder = new URL("./results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  return new URL(`${date}-${name}.${ending}`, folder);
}

function toLine({ what, value, unit, limit, aim }: Measure) {
  const ratio = limit === undefined ? "" : (value / limit).toFixed(2);
  const shown = `${value.toFixed(2)} ${unit}`;
  return { what, value: shown, limit: limit?.toFixed(2) ?? "", ratio, aim: aim ?? "" };
}

function machine(): string {
  return `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}
