/** Settings of agent types, as this program and as others write them. */

import { expect, test } from "vitest";
import { defaultTypeSettings } from "../../src/model/type-settings.ts";
import { openForeign, openSample } from "./sample-store.ts";

const joke = { ...defaultTypeSettings("joke"), restarts_max: 3, config: { loud: "it's" } };

test("put stores the settings of a type and replaces those it had", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  expect(await configs.find("joke")).toBeUndefined();
  await configs.put(joke, 1);
  await configs.put({ ...joke, memory_mb: 64, restart: "temporary" }, 2);
  expect(await configs.find("joke")).toEqual({ ...joke, memory_mb: 64, restart: "temporary" });
  expect((await configs.read()).types.size).toBe(1);
});

test("of two rows with one name the newer counts", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  await configs.put(joke, 10);
  const table = await openForeign(sample.location, "agents_config");
  await table.add([{ name: "joke", restarts_max: 9, updated_at: 20 }]);
  await table.add([{ name: "joke", restarts_max: 7, updated_at: 15 }]);
  const { types, problems } = await configs.read();
  expect(problems).toEqual([]);
  expect(types.get("joke")).toEqual({ ...defaultTypeSettings("joke"), restarts_max: 9 });
  expect(await configs.find("joke")).toMatchObject({ restarts_max: 9 });
});

test("a row that cannot be used is a problem that names it, and hides no other", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  await configs.put(joke, 10);
  const table = await openForeign(sample.location, "agents_config");
  await table.add([
    { name: "broken", config: "{", restart: "permanent", restarts_max: 1, updated_at: 1 },
    { name: "list", config: "[]", restart: "permanent", restarts_max: 1, updated_at: 1 },
    { name: "odd", config: "{}", restart: "sometimes", restarts_max: 1, updated_at: 1 },
    { name: "low", config: "{}", restart: "permanent", restarts_max: -1, updated_at: 1 },
  ]);
  const { types, problems } = await configs.read();
  expect([...types.keys()]).toEqual(["joke"]);
  expect(problems.map(({ code }) => code)).toEqual(Array(4).fill("SETTING_INVALID"));
  const messages = problems.map(({ message }) => message).join("\n");
  expect(messages).toContain('"broken": config must be JSON');
  expect(messages).toContain('"odd": restart');
  expect(messages).toContain('"low": restarts_max');
  await expect(configs.find("list")).rejects.toMatchObject({ code: "SETTING_INVALID" });
});
