/** Reads Prometheus' text format, and is strict about it. */

import { expect } from "vitest";

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly text: string;
  readonly families: ReadonlyMap<string, Family>;
  readonly samples: readonly Sample[];
  /** The one value with these labels; without a value the test fails. */
  get(name: string, labels?: Readonly<Record<string, string>>): number;
}

const helpLine = /^# HELP (\w+) (.+)$/;
const typeLine = /^# TYPE (\w+) (counter|gauge|histogram)$/;
const sampleLine =
  /^([a-zA-Z_:]\w*)(?:\{(.*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|\+Inf|NaN)$/;

export function parseExposition(text: string): Exposition {
  expect(text.endsWith("\n")).toBe(true);
  const families = new Map<string, Family>();
  const samples: Sample[] = [];
  let help: readonly string[] = [];
  let family: Family | undefined;
  for (const line of text.split("\n").filter((one) => one !== "")) {
    const helped = helpLine.exec(line);
    const typed = typeLine.exec(line);
    if (helped !== null) {
      help = helped.slice(1);
    } else if (typed !== null) {
      const [, name = "", type = ""] = typed;
      expect(help[0], "HELP comes right before TYPE").toBe(name);
      expect(families.has(name), `${name} comes once`).toBe(false);
      family = { name, type, help: help[1] ?? "" };
      families.set(name, family);
    } else {
      samples.push(parseSample(line, family));
    }
  }
  const keys = samples.map(({ name, labels }) => keyOf(name, labels));
  expect(new Set(keys).size, "each sample comes once").toBe(keys.length);
  const byKey = new Map(samples.map((sample, n) => [keys[n] ?? "", sample.value]));
  return {
    text,
    families,
    samples,
    get: (name, labels = {}) => byKey.get(keyOf(name, labels)) ?? Number.NaN,
  };
}

function parseSample(line: string, family: Family | undefined): Sample {
  const [, name = "", pairs = "", value = ""] = sampleLine.exec(line) ?? [];
  expect(name, `a sample: ${line}`).not.toBe("");
  const bare = family?.type === "histogram" ? name.replace(/_(bucket|sum|count)$/, "") : name;
  expect(bare, `${line} is of its family`).toBe(family?.name);
  const labels: Record<string, string> = {};
  for (const [, label = "", text = ""] of pairs.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)",?/g)) {
    labels[label] = text;
  }
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function keyOf(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
