/** Lists that are in memory: whole without a limit, otherwise in pages like every other list. */

import { expect, test } from "vitest";
import { pageOfShort } from "../../../src/control/http/short-list.ts";
import { Control } from "../../support/control.ts";

const list = { list: "letters", items: ["a", "c", "b"], nameOf: String };

test("pages have each item once, in the order of the list", () => {
  expect(pageOfShort(list, {})).toEqual({ items: ["a", "c", "b"], next_cursor: null });
  const first = pageOfShort(list, { limit: 2 });
  expect(first.items).toEqual(["a", "c"]);
  const next = pageOfShort(list, { limit: 2, cursor: first.next_cursor ?? "" });
  expect(next).toEqual({ items: ["b"], next_cursor: null });
  expect(pageOfShort({ ...list, items: [] }, { limit: 1 })).toEqual({
    items: [],
    next_cursor: null,
  });
});

test("a cursor of another list, or that none has made, is refused", () => {
  const { next_cursor } = pageOfShort({ ...list, list: "others" }, { limit: 1 });
  for (const cursor of ["", "x", next_cursor ?? ""]) {
    expect(() => pageOfShort(list, { cursor })).toThrow(
      expect.objectContaining({ code: "CURSOR_INVALID" }),
    );
  }
});

test.each(["/api/types", "/api/models"])(
  "%s takes a limit and refuses a wrong one",
  async (path) => {
    await using control = await Control.start();
    const { json } = await control.get(`${path}?limit=1`);
    expect(json.items).toHaveLength(1);
    for (const query of ["limit=0", "limit=NaN", "cursor=x", "q=x"]) {
      expect((await control.get(`${path}?${query}`)).status, query).toBe(400);
    }
  },
);
