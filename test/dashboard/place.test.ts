import { expect, test } from "vitest";
import { hashOfPlace, type Place, parsePlace } from "../../src/dashboard/state/place.ts";
import { timelineViewDefault } from "../../src/dashboard/state/timeline-view.ts";
import { type ListQuery, listQueryDefault } from "../../src/picture/list-query.ts";

const home: Place = {
  route: { page: "agents" },
  query: listQueryDefault,
  selected: [],
  timeline: timelineViewDefault,
  step: null,
};

test("an address leads back to the place that it was made of", () => {
  const query: ListQuery = {
    search: "tea & cake #1 ?",
    statuses: new Set(["error", "paused"]),
    type: "joke",
    trouble: "self_paused",
    cause: "0a1b2c3d",
    sort: "cpu",
    isDescending: true,
    isGrouped: true,
  };
  const places: readonly Place[] = [
    home,
    { ...home, query },
    { ...home, route: { page: "agent", id: "a:b@c" }, query, selected: ["a:b@c", "agent1"] },
    { ...home, route: { page: "agent", id: "a" }, step: 12 },
    {
      ...home,
      route: { page: "timeline" },
      query,
      timeline: { ...timelineViewDefault, spanMs: 60_000, endAt: 5, lane: "a:b@c" },
    },
    { ...home, route: { page: "queue" }, selected: ["x"] },
  ];
  for (const place of places) expect(parsePlace(hashOfPlace(place))).toEqual(place);
  expect(hashOfPlace(home)).toBe("#/");
});

test("unknown parts of an address have their defaults", () => {
  expect(parsePlace("#/?status=nothing,error&sort=x&trouble=y&order=up&z=1")).toEqual({
    ...home,
    query: { ...listQueryDefault, statuses: new Set(["error"]) },
  });
  for (const hash of ["", "#", "#/?", "#/?q=%E0%A4%A"]) {
    expect(parsePlace(hash).route).toEqual({ page: "agents" });
  }
  const unknown = { page: "unknown", address: "/nowhere" };
  expect(parsePlace("#/nowhere?q=%E0%A4%A").route).toEqual(unknown);
});

test("so many selected agents that no address holds them are left out", () => {
  const selected = Array.from({ length: 1_000 }, (_, n) => `agent${n}`);
  expect(hashOfPlace({ ...home, selected })).toBe("#/");
});
