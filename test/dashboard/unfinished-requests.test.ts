/** Keys of guidance that was not answered. */

import { expect, test } from "vitest";
import { UnfinishedRequests } from "../../src/dashboard/state/unfinished-requests.ts";

test("guidance that is sent again unchanged has the key of the first request, once", () => {
  const requests = new UnfinishedRequests<string>();
  requests.keep("cats", { key: "1", agentIds: ["a"] });
  expect(requests.take("cats", ["a"])).toBe("1");
  expect(requests.take("cats", ["a"])).toBeUndefined();
});

test("other guidance to the agent makes the same text new guidance again", () => {
  const requests = new UnfinishedRequests<string>();
  requests.keep("cats", { key: "1", agentIds: ["a", "b"] });
  requests.keep("tea", { key: "2", agentIds: ["c"] });
  expect(requests.take("dogs", ["b"])).toBeUndefined();
  expect(requests.take("cats", ["a", "b"])).toBeUndefined();
  expect(requests.take("tea", ["c"])).toBe("2");
});

test("the oldest requests are dropped", () => {
  const requests = new UnfinishedRequests<string>();
  for (let n = 0; n < 1_000; n += 1)
    requests.keep(`body ${n}`, { key: `${n}`, agentIds: [`${n}`] });
  expect(requests.take("body 0", ["0"])).toBeUndefined();
  expect(requests.take("body 999", ["999"])).toBe("999");
});
