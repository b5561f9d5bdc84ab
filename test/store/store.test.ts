/** Opening and closing a database, and what it does with tables that are not as they should be. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@lancedb/lancedb";
import { type Field, Int64, Schema } from "apache-arrow";
import { expect, test } from "vitest";
import { schemaOf } from "../../src/store/lance/columns.ts";
import { openStore } from "../../src/store/store.ts";
import { agentRow, newAction } from "../support/sample-rows.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { openForeign, openSample } from "./sample-store.ts";

test("opening makes the four tables with typed columns", async () => {
  await using sample = await openSample();
  const typesOf = async (name: string) =>
    Object.fromEntries(
      (await (await openForeign(sample.location, name)).schema()).fields.map((field) => [
        field.name,
        `${field.type}${field.nullable ? "?" : ""}`,
      ]),
    );
  expect(await typesOf("queue")).toEqual({
    id: "Utf8",
    action: "Utf8",
    agent_id: "Utf8?",
    actor: "Utf8",
    payload: "Utf8",
    metadata: "Utf8?",
    urgency: "Int32?",
    created_at: "Int64",
    processed: "Bool",
    not_before: "Int64?",
    attempts: "Int32?",
    outcome: "Utf8?",
    error: "Utf8?",
    processed_at: "Int64?",
    request_key: "Utf8?",
  });
  expect(Object.keys(await typesOf("agent_state"))).toContain("applied_actions");
  expect(Object.keys(await typesOf("agent_steps"))).toContain("step_id");
  expect(Object.keys(await typesOf("agents_config"))).toContain("restarts_window_ms");
});

test("two simultaneous openings make each table once", async () => {
  await using folder = await makeTempFolder();
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ location: folder.path })));
  await Promise.all(stores.map((store) => store.queue.append([newAction()])));
  expect(await stores[0]?.queue.countPending()).toBe(3);
  await Promise.all(stores.map((store) => store.close()));
});

test("a table of an older Troupe gets the columns that it lacks, and keeps its rows", async () => {
  await using folder = await makeTempFolder();
  const isOld = ({ name }: Field) => !["config", "applied_actions", "exit_reason"].includes(name);
  const schema = new Schema(schemaOf("agent_state").fields.filter(isOld));
  const connection = await connect(folder.path);
  const table = await connection.createEmptyTable("agent_state", schema);
  const { pending_guidance: _1, history: _2, config: _3, applied_actions: _4, ...row } = agentRow();
  const { exit_reason: _5, usage: _6, ...cells } = row;
  await table.add([{ ...cells, context: '{"a":1}' }]);
  const location = folder.path;
  const stores = await Promise.all([1, 2, 3].map(() => openStore({ location })));
  await Promise.all(stores.map((store) => store.close()));
  await using store = await openStore({ location });
  expect(await store.agents.find("agent1")).toMatchObject({
    context: '{"a":1}',
    iteration: 0,
    config: {},
    applied_actions: [],
    pending_guidance: [],
    exit_reason: null,
  });
  await store.agents.record(agentRow({ iteration: 1, config: { loud: true } }));
  expect(await store.agents.find("agent1")).toEqual(
    agentRow({ iteration: 1, config: { loud: true } }),
  );
});

test("a table whose column has another type is refused with both", async () => {
  await using folder = await makeTempFolder();
  const connection = await connect(folder.path);
  await connection.createTable("agents_config", [{ name: "joke", updated_at: "now" }]);
  await expect(openStore({ location: folder.path })).rejects.toMatchObject({
    code: "DATABASE_UNUSABLE",
    message: expect.stringContaining("column updated_at must be Int64, but is Utf8"),
  });
});

test("a table of agents' rows is refused if another program has made a column wider", async () => {
  await using sample = await openSample();
  const states = await openForeign(sample.location, "agent_state");
  await states.alterColumns([{ path: "epoch", dataType: new Int64() }]);
  await expect(openStore({ location: sample.location })).rejects.toMatchObject({
    code: "DATABASE_UNUSABLE",
    message: expect.stringContaining("column epoch must be Int32, but is Int64"),
  });
});

test("a location that is not a folder is refused with its name", async () => {
  await using folder = await makeTempFolder();
  const location = join(folder.path, "file");
  await writeFile(location, "");
  await expect(openStore({ location })).rejects.toMatchObject({
    code: "DATABASE_UNUSABLE",
    message: expect.stringContaining(location),
  });
});

test("a table whose newest version is cut off is refused with its name", async () => {
  await using sample = await openSample();
  await sample.store.queue.append([newAction()]);
  await sample.store.close();
  const versions = join(sample.location, "queue.lance", "_versions");
  await writeFile(join(versions, "18446744073709551600.manifest"), "");
  await expect(openStore({ location: sample.location })).rejects.toMatchObject({
    code: "DATABASE_UNUSABLE",
    message: expect.stringContaining("table queue"),
  });
});

test("closing stores accepted writes and refuses later ones", async () => {
  await using sample = await openSample();
  const { queue, agents, close } = sample.store;
  const accepted = [queue.append([newAction()]), agents.record(agentRow())];
  await close();
  await Promise.all(accepted);
  await expect(queue.append([newAction()])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await expect(agents.record(agentRow())).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await expect(queue.countPending()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  await using again = await openStore({ location: sample.location });
  expect(await again.queue.countPending()).toBe(1);
  expect((await again.agents.list()).items).toHaveLength(1);
});
