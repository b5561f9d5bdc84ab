/** Metrics whose values are counted elsewhere and read with each scrape. */

import { Counter, Gauge, type Registry } from "prom-client";

export interface Reading<L extends string> {
  readonly name: string;
  readonly help: string;
  /** Only labels with a bounded number of values: others would fill the memory of Prometheus. */
  readonly labels: readonly L[];
  /** All values, each with its labels. */
  readonly read: () => Iterable<readonly [Readonly<Record<L, string>>, number]>;
}

/** A value that rises and falls. */
export function addGauge<L extends string>(registry: Registry, reading: Reading<L>): void {
  const { name, help, labels, read } = reading;
  const gauge = new Gauge({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const [values, value] of read()) gauge.set(values, value);
    },
  });
}

/** A total that only grows. */
export function addCounter<L extends string>(registry: Registry, reading: Reading<L>): void {
  const { name, help, labels, read } = reading;
  const counter = new Counter({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      counter.reset();
      for (const [values, value] of read()) counter.inc(values, value);
    },
  });
}

/** The values of a record, whose keys are the label's values. Pure. */
export function byLabel<L extends string>(
  label: L,
  record: Readonly<Record<string, number>>,
): readonly (readonly [Record<L, string>, number])[] {
  return Object.entries(record).map(([key, value]) => [
    { [label]: key } as Record<L, string>,
    value,
  ]);
}

/** A single value without labels. */
export function single(value: number): readonly (readonly [Record<never, string>, number])[] {
  return [[{}, value]];
}
