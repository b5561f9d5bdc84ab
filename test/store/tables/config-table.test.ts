/** Settings of agent types, as this program and as others write them. */

import { connect, makeArrowTable } from "@lancedb/lancedb";
import { Field, Schema } from "apache-arrow";
import { expect, test } from "vitest";
import { nothingConfigured } from "../../../src/model/type-settings.ts";
import { schemaOf } from "../../../src/store/lance/columns.ts";
import { openStore } from "../../../src/store/store.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";
import { openForeign, openSample } from "../sample-store.ts";

const joke = { restarts_max: 3, config: { loud: "it's" } };

test("change stores settings of a type and leaves its others; null takes one out", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  expect(await configs.find("joke")).toBeUndefined();
  await configs.change("joke", joke, 1);
  await configs.change("joke", { memory_mb: 64, restart: "temporary" }, 2);
  const both = { ...nothingConfigured, ...joke, memory_mb: 64, restart: "temporary" };
  expect(await configs.find("joke")).toEqual(both);
  await configs.change("joke", { config: null, restarts_max: null }, 3);
  expect(await configs.find("joke")).toEqual({ ...both, config: null, restarts_max: null });
  expect((await configs.read()).types.size).toBe(1);
});

test("of two rows with one name the newer counts", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  await configs.change("joke", joke, 10);
  const table = await openForeign(sample.location, "agents_config");
  await table.add([{ name: "joke", restarts_max: 9, updated_at: 20 }]);
  await table.add([{ name: "joke", restarts_max: 7, updated_at: 15 }]);
  const { types, problems } = await configs.read();
  expect(problems).toEqual([]);
  expect(types.get("joke")).toEqual({ ...nothingConfigured, restarts_max: 9 });
  await configs.change("joke", { memory_mb: 64 }, 5);
  expect(await configs.find("joke")).toMatchObject({ restarts_max: 9, memory_mb: 64 });
});

test("empty text counts as null", async () => {
  await using sample = await openSample();
  const table = await openForeign(sample.location, "agents_config");
  await table.add([{ name: "joke", config: "", restart: "", restarts_max: 9, updated_at: 20 }]);
  const { types, problems } = await sample.store.configs.read();
  expect(problems).toEqual([]);
  expect(types.get("joke")).toEqual({ ...nothingConfigured, restarts_max: 9 });
});

test("a row that cannot be used is a problem that names it, and hides no other", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  await configs.change("joke", joke, 10);
  const table = await openForeign(sample.location, "agents_config");
  await table.add([
    {
      name: "broken",
      config: "{'key': 'sk-1'}",
      restart: "permanent",
      restarts_max: 1,
      updated_at: 1,
    },
    { name: "list", config: '["sk-1"]', restart: "permanent", restarts_max: 1, updated_at: 1 },
    { name: "masked", config: '{"a":["********"]}', restarts_max: 1, updated_at: 1 },
    { name: "odd", config: "{}", restart: "sometimes", restarts_max: 1, updated_at: 1 },
    { name: "twice", config: '{"a":1,"a":2}', restarts_max: 1, updated_at: 1 },
    { name: "low", config: "{}", restart: "permanent", restarts_max: -1, updated_at: 1 },
  ]);
  const { types, problems } = await configs.read();
  expect([...types.keys()]).toEqual(["joke"]);
  expect(problems.map(({ code }) => code)).toEqual(Array(6).fill("SETTING_INVALID"));
  const messages = problems.map(({ message }) => message).join("\n");
  expect(messages).toContain('"broken": config must be a JSON object, got a text of 15 characters');
  expect(messages).toContain('"masked": config.a.0 is a mask and has no stored value');
  expect(messages).toContain('"twice": config must have the name "a" only once');
  expect(messages).not.toContain("sk-1");
  expect(messages).toContain('"odd": row.restart must be one of "permanent", "transient"');
  expect(messages).toContain('"low": row.restarts_max');
  await expect(configs.find("list")).rejects.toMatchObject({ code: "SETTING_INVALID" });
});

test("a row without a name, in a table whose columns may be null, hides no other", async () => {
  await using folder = await makeTempFolder();
  const connection = await connect(folder.path);
  const fields = schemaOf("agents_config").fields.map(
    ({ name, type }) => new Field(name, type, true),
  );
  const schema = new Schema(fields);
  const rows = [
    { name: null, updated_at: 9n },
    { name: "joke", restarts_max: 2, updated_at: 1n },
  ];
  await connection.createTable("agents_config", makeArrowTable(rows, { schema }));
  await using store = await openStore({ location: folder.path });
  const { types, problems, strays } = await store.configs.read();
  expect([...types.keys()]).toEqual(["joke"]);
  expect(problems).toEqual([]);
  expect(strays).toMatchObject([{ code: "SETTING_INVALID" }]);
});

test("rows that are too large are problems, and no more of them is read than fits", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  const table = await openForeign(sample.location, "agents_config");
  const config = JSON.stringify({ text: "x".repeat(270_000) });
  await table.add([{ name: "old", config: "{}", updated_at: 1 }]);
  const large = Array.from({ length: 70 }, (_, n) => ({
    name: `large${n}`,
    config,
    updated_at: 2,
  }));
  await table.add(large);
  await configs.change("joke", joke, 3);
  const { types, problems } = await configs.read();
  expect([...types.keys()]).toEqual(["joke"]);
  const messages = problems.map(({ message }) => message);
  expect(messages.shift()).toMatch(/at most 16 MiB of text; its \d+ oldest rows/);
  expect(new Set(messages.map((text) => text.replace(/^.*": /, "")))).toEqual(
    new Set(["config must be at most 262144 bytes"]),
  );
  await configs.change("large1", { config: null }, 4);
  expect(await configs.find("large1")).toEqual(nothingConfigured);
});

test("change repairs an unusable row, and refuses changes that would leave it unusable", async () => {
  await using sample = await openSample();
  const { configs } = sample.store;
  const table = await openForeign(sample.location, "agents_config");
  await table.add([{ name: "odd", restart: "sometimes", restarts_max: 4, updated_at: 1 }]);
  const refused = { code: "SETTING_INVALID" };
  await expect(configs.change("odd", { memory_mb: 64 }, 2)).rejects.toMatchObject(refused);
  await configs.change("odd", { restart: null }, 2);
  expect(await configs.find("odd")).toEqual({ ...nothingConfigured, restarts_max: 4 });
  const large = { config: { text: "x".repeat(300_000) } };
  await expect(configs.change("odd", large, 3)).rejects.toMatchObject(refused);
  const masked = { config: { key: "********" } };
  await expect(configs.change("odd", masked, 3)).rejects.toMatchObject(refused);
});
