import { describe, expect, test } from "vitest";
import { widthOf } from "../../src/cli/text/plain-text.ts";
import { waterfallLines } from "../../src/cli/waterfall-lines.ts";
import { viewEffect } from "../../src/model/agent-view.ts";
import { effectRow } from "../support/sample-rows.ts";

describe("below an unknown effect is what resolves it", () => {
  const row = effectRow({ state: "unknown", value: null, ended_at: null });
  const axis = { from: row.started_at, to: row.started_at + 1_000 };
  const step = { iteration: 1, step: null, axis, effects: [viewEffect(row)] };
  const linesOf = (columns: number) => waterfallLines([step], { isTTY: true, columns });

  test("in one line where there is room", () => {
    expect(linesOf(100).at(-1)).toContain(`troupe effect resolve ${row.effect_id} --done|--retry`);
  });

  test("in two on a narrow terminal, with the id whole", () => {
    const lines = linesOf(60);
    expect(lines.filter((line) => widthOf(line) > 60)).toEqual([]);
    expect(lines.at(-1)).toContain(`    ${row.effect_id} --done|--retry`);
    expect(lines.at(-2)).toContain("troupe effect resolve");
  });
});
