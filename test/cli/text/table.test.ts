import fc from "fast-check";
import { expect, test } from "vitest";
import { widthOf } from "../../../src/cli/text/plain-text.ts";
import { type Column, renderTable } from "../../../src/cli/text/table.ts";

interface Row {
  readonly id: string;
  readonly text: string;
  readonly count: number;
}

const columns: readonly Column<Row>[] = [
  { title: "id", cell: (row) => row.id, widthMin: 4 },
  { title: "text", cell: (row) => row.text, widthMin: 6, widthGood: 10 },
  { title: "count", cell: (row) => String(row.count), align: "right" },
  { title: "more", cell: (row) => row.text, widthMin: 4, isOptional: true },
];

function render(rows: readonly Row[], width: number): readonly string[] {
  return renderTable(columns, rows, { width, paintTitle: (text) => text });
}

const anyRow = fc.record({
  id: fc.string({ unit: fc.constantFrom("a", "日", "🐱", "-"), minLength: 1, maxLength: 30 }),
  text: fc.string({
    unit: fc.constantFrom("x", "本", "🇩🇪", " ", "\n", "\u001b[1m"),
    maxLength: 60,
  }),
  count: fc.nat(99_999),
});

test("a table fits the given width, and its columns are aligned", () => {
  const rows = fc.array(anyRow, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(rows, fc.integer({ min: 24, max: 150 }), (some, width) => {
      const lines = render(some, width);
      expect(lines).toHaveLength(some.length + 1);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      const [head = ""] = lines;
      const end = head.indexOf("count") + "count".length;
      for (const [index, line] of lines.slice(1).entries()) {
        expect(columnsFrom(line, 0, end).endsWith(` ${some[index]?.count}`)).toBe(true);
      }
    }),
  );
});

/** What stands in a line from one column of the terminal to another. */
function columnsFrom(line: string, from: number, to: number): string {
  let at = 0;
  let text = "";
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    if (at >= from && at < to) text += segment;
    at += widthOf(segment);
  }
  return text;
}

test("wide characters take their room", () => {
  const rows = [
    { id: "日本", text: "猫", count: 1 },
    { id: "ab", text: "cat", count: 20 },
  ];
  expect(render(rows, 80)).toEqual([
    "id    text  count  more",
    "日本  猫        1  猫",
    "ab    cat      20  cat",
  ]);
});

test("optional columns are dropped first, then the widest ones are cut", () => {
  const rows = [{ id: "agent-1", text: "a text of many words", count: 7 }];
  expect(render(rows, 60)).toEqual([
    "id       text                  count  more",
    "agent-1  a text of many words      7  a text of many words",
  ]);
  expect(render(rows, 40)).toEqual([
    "id       text         count  more",
    "agent-1  a text of…       7  a text of…",
  ]);
  expect(render(rows, 28)).toEqual([
    "id       text          count",
    "agent-1  a text of m…      7",
  ]);
  expect(render(rows, 19)).toEqual(["id    text    count", "age…  a tex…      7"]);
});

test("colours change no width and stay off the padding", () => {
  const painted: Column<Row> = {
    title: "id",
    cell: (row) => row.id,
    paint: (text) => `<${text}>`,
  };
  const rows = [
    { id: "a", text: "", count: 1 },
    { id: "bbb", text: "", count: 1 },
  ];
  const lines = renderTable([painted, { title: "n", cell: () => "1" }], rows, {
    width: 20,
    paintTitle: (text) => `*${text}*`,
  });
  expect(lines).toEqual(["*id*   *n*", "<a>    1", "<bbb>  1"]);
});

test("below 60 columns ids shrink and no line is broken", () => {
  const wide: readonly Column<Row>[] = [
    { title: "id", cell: (row) => row.id, widthMin: 36, widthLeast: 8 },
    { title: "text", cell: (row) => row.text, widthMin: 12, widthLeast: 6 },
    { title: "iteration", cell: (row) => String(row.count), align: "right" },
    { title: "outcome", cell: () => "rejected" },
    { title: "updated", cell: () => "10m ago", align: "right" },
  ];
  const rows = [{ id: "019a".repeat(9), text: "agent_interrupt", count: 123 }];
  for (const width of [59, 50, 40, 30, 20]) {
    const lines = renderTable(wide, rows, { width, paintTitle: (text) => text });
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
    expect(lines[1]).toMatch(/^019a019a?\S*… /);
  }
  const [, line] = renderTable(wide, rows, { width: 50, paintTitle: (text) => text });
  expect(line).toMatch(/ 123 +rejected +10m ago$/);
});
