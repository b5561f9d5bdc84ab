/** One thing as a list of its fields: a name, and a value of one line or of several. Pure. */

import { plainLine, plainLines } from "./plain-text.ts";

export interface Field {
  readonly name: string;
  /** Left out where it is null. */
  readonly value: string | number | boolean | null;
  /** Colours the value; it must not change its width. */
  readonly paint?: (text: string) => string;
}

/** Lines of text, values side by side; those of several lines are below their name. */
export function renderFields(
  fields: readonly Field[],
  paintName: (name: string) => string,
): readonly string[] {
  const present = fields.filter(({ value }) => value !== null);
  const width = Math.max(0, ...present.map(({ name }) => name.length));
  return present.flatMap(({ name, value, paint }) => {
    const lines = plainLines(String(value)).split("\n");
    const gap = " ".repeat(width - name.length + 2);
    const [first = "", ...more] = lines;
    if (more.length === 0) return [`${paintName(name)}${gap}${paint?.(first) ?? first}`.trimEnd()];
    return [paintName(name), ...lines.map((line) => `  ${line}`.trimEnd())];
  });
}

/** A value as JSON: on one line where that is short, else indented. */
export function readableJson(value: unknown): string {
  const line = JSON.stringify(value) ?? "null";
  return line.length <= LINE_MAX ? line : JSON.stringify(value, undefined, 2);
}

const LINE_MAX = 80;

/** A value as JSON; text, such as a foreign cell that holds no JSON, as it is. */
export function readableValue(value: unknown): string {
  return typeof value === "string" ? plainLine(value) : readableJson(value);
}
