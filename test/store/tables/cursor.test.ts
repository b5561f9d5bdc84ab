/** Cursors lead back to the key they were made of; anything else is refused. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { excerpt } from "../../../src/model/ids.ts";
import {
  decodeCursor,
  encodeCursor,
  IdCursors,
  pageLimit,
  toPage,
} from "../../../src/store/tables/cursor.ts";

test("a cursor holds its key", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.string({ unit: "binary" }), (time, id) => {
      const cursor = encodeCursor("a", [time, id]);
      expect(decodeCursor("a", cursor, ["number", "string"])).toEqual([time, id]);
    }),
  );
});

test("the longest cursor is that of 6 KiB of JSON", () => {
  const key = (bytes: number) => [1, "x".repeat(bytes - '["a",1,""]'.length)];
  const decode = (bytes: number) =>
    decodeCursor("a", encodeCursor("a", key(bytes)), ["number", "string"]);
  expect(decode(6_144)).toEqual(key(6_144));
  expect(() => decode(6_145)).toThrow(expect.objectContaining({ code: "CURSOR_INVALID" }));
});

const right = encodeCursor("a", [1, "a"]);
const wrongKeys = [["a"], ["a", 1], [1, 2], ["1", "a"], [1.5, "a"], [1, "a", 2]].map((key) =>
  encodeCursor("a", key),
);
const others = [encodeCursor("b", [1, "a"]), right.slice(0, -1), `${right}!`, ` ${right}`];

test.each(["", "rubbish", "W10", "a".repeat(70_000), ...wrongKeys, ...others])(
  "%s is no cursor of a list by time",
  (cursor) => {
    expect(() => decodeCursor("a", cursor, ["number", "string"])).toThrow(
      expect.objectContaining({
        code: "CURSOR_INVALID",
        message: `cursor must be a next_cursor of the same list, got ${excerpt(cursor)}`,
      }),
    );
  },
);

test("the cursor names the last row of a page that is followed by another", () => {
  const cursors = new IdCursors("a");
  const list = { cursors, idOf: String };
  const next_cursor = cursors.after("2");
  expect(toPage([1, 2, 3], 2, list)).toEqual({ items: [1, 2], next_cursor });
  expect(cursors.idIn(next_cursor)).toBe("2");
  expect(toPage([1, 2], 2, list)).toEqual({ items: [1, 2], next_cursor: null });
  expect([pageLimit(undefined), pageLimit(0), pageLimit(5.9), pageLimit(1e9)]).toEqual([
    100, 1, 5, 1_000,
  ]);
});
