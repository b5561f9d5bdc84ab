import { expect, test } from "vitest";
import {
  parseViews,
  VIEW_NAME_MAX,
  VIEWS_MAX,
  viewOf,
  viewsText,
  withoutView,
  withSaved,
} from "../../src/dashboard/state/saved-views.ts";
import { type ListQuery, listQueryDefault } from "../../src/picture/list-query.ts";
import { findView, standardViews } from "../../src/picture/standard-views.ts";

const query: ListQuery = {
  search: "tea & cake",
  statuses: new Set(["paused", "error"]),
  type: "joke",
  trouble: "unresponsive",
  cause: "0a1b2c3d",
  sort: "cpu",
  isDescending: false,
  isGrouped: true,
};

test("saved views come back as they were", () => {
  const saved = withSaved([], "  Night shift ", query);
  if (!saved.isOk) throw new Error(saved.error);
  expect(saved.views).toEqual([{ name: "Night shift", query }]);
  expect(parseViews(viewsText(saved.views))).toEqual(saved.views);
  expect(findView(saved.views, "night SHIFT")?.query).toEqual(query);
  expect(viewOf(saved.views, { ...query })?.name).toBe("Night shift");
  expect(viewOf(saved.views, listQueryDefault)).toBeUndefined();
  expect(viewOf(standardViews, listQueryDefault)?.name).toBe("All agents");
});

test("the same name replaces a view, and a view is forgotten by its name", () => {
  const views = [{ name: "Mine", query }];
  const again = withSaved(views, "mine", listQueryDefault);
  expect(again).toEqual({ isOk: true, views: [{ name: "mine", query: listQueryDefault }] });
  expect(withoutView(views, "MINE")).toEqual({ isOk: true, views: [] });
  expect(withoutView(views, "yours")).toEqual({ isOk: false, error: "no saved view yours" });
});

test("names and their number are bounded", () => {
  const full = Array.from({ length: VIEWS_MAX }, (_, n) => ({ name: `view ${n}`, query }));
  const refusals = [
    withSaved([], "Paused", query),
    withSaved([], "x".repeat(VIEW_NAME_MAX + 1), query),
    withSaved(full, "one more", query),
  ];
  for (const refusal of refusals) expect(refusal).toMatchObject({ isOk: false });
  expect(withSaved(full, "view 3", listQueryDefault)).toMatchObject({ isOk: true });
});

test("what another version has stored does not break the page", () => {
  for (const text of [null, "", "{", "{}", "[1, null, {}]", '[{"name": 1, "address": "q=x"}]']) {
    expect(parseViews(text)).toEqual([]);
  }
  const text = '[{"name": "a", "address": "q=x&colour=red&sort=height"}]';
  expect(parseViews(text)).toEqual([{ name: "a", query: { ...listQueryDefault, search: "x" } }]);
});
