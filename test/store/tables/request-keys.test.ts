/** The actions of a request are found by its key, whoever has appended their rows. */

import { expect, test } from "vitest";
import { newAction } from "../../support/sample-rows.ts";
import { openSample } from "../sample-store.ts";

test("a request's actions are found by its key, and no others", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([
    newAction({ id: "1", request_key: "a" }),
    newAction({ id: "2", request_key: "b" }),
    newAction({ id: "3", request_key: "a" }),
    newAction({ id: "4" }),
  ]);
  const found = await queue.requestKeys.find("a");
  expect(found.map(({ id }) => id).toSorted()).toEqual(["1", "3"]);
  expect(await queue.requestKeys.find("c")).toEqual([]);
});

test("a key is found although none was there at the first search, once it was announced", async () => {
  await using sample = await openSample();
  const { queue } = sample.store;
  await queue.append([newAction({ id: "1" })]);
  expect(await queue.requestKeys.find("a")).toEqual([]);
  queue.requestKeys.announce();
  await queue.append([newAction({ id: "2", request_key: "a" })]);
  expect((await queue.requestKeys.find("a")).map(({ id }) => id)).toEqual(["2"]);
});
