import { expect, test } from "vitest";
import { KNOWN_MS, NewCauses, NOTIFY_GAP_MS } from "../../src/dashboard/state/new-causes.ts";
import { newAgent } from "../../src/picture/agent-picture.ts";
import { causesOf } from "../../src/picture/trouble-causes.ts";
import { agentView, NOW } from "./sample-agents.ts";

/** One cause for each of these messages, with so many agents. */
function causes(messages: readonly string[], agents = 1) {
  const all = messages.flatMap((message) =>
    Array.from({ length: agents }, (_, n) => {
      const last_error = { code: "X", message, at: NOW };
      return newAgent(agentView(`${message}-${n}`, { status: "error", last_error }), NOW);
    }),
  );
  return causesOf(all, undefined, NOW);
}

const told = (found: ReturnType<NewCauses["take"]>) =>
  found.map(({ message }) => message).toSorted();

test("a cause that is there at first is not new, and one is new once, however many agents join", () => {
  const news = new NewCauses();
  expect(told(news.take(causes(["old"]), 0, true))).toEqual([]);
  expect(told(news.take(causes(["old", "new"]), 1, true))).toEqual(["new"]);
  expect(told(news.take(causes(["old", "new"], 300), 2 + NOTIFY_GAP_MS, true))).toEqual([]);
});

test("causes that follow within a minute are told together, unless they have passed", () => {
  const news = new NewCauses();
  news.take([], 0, true);
  expect(told(news.take(causes(["a"]), 1, true))).toEqual(["a"]);
  expect(told(news.take(causes(["a", "b", "c"]), 2, true))).toEqual([]);
  expect(told(news.take(causes(["a", "b", "d"]), NOTIFY_GAP_MS, true))).toEqual([]);
  expect(told(news.take(causes(["a", "b", "d"]), NOTIFY_GAP_MS + 1, true))).toEqual(["b", "d"]);
});

test("a cause that comes and goes is new again only after a long time", () => {
  const news = new NewCauses();
  news.take([], 0, true);
  expect(told(news.take(causes(["a"]), 1, true))).toEqual(["a"]);
  expect(told(news.take([], NOTIFY_GAP_MS, true))).toEqual([]);
  expect(told(news.take(causes(["a"]), KNOWN_MS, true))).toEqual([]);
  expect(told(news.take([], KNOWN_MS + 1, true))).toEqual([]);
  expect(told(news.take(causes(["a"]), 2 * KNOWN_MS, true))).toEqual(["a"]);
});

test("what was seen on the page is not told afterwards", () => {
  const news = new NewCauses();
  news.take([], 0, false);
  expect(told(news.take(causes(["a"]), 1, false))).toEqual([]);
  expect(told(news.take(causes(["a"]), 2, true))).toEqual([]);
});
