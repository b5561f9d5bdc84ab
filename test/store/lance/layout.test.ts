/** A database of a newer layout is refused and left as it is; an older one is raised by its owner. */

import { readdir } from "node:fs/promises";
import { connect } from "@lancedb/lancedb";
import { expect, test } from "vitest";
import { LAYOUT } from "../../../src/store/lance/layout.ts";
import { openStore } from "../../../src/store/store.ts";
import { agentRow, stepRow } from "../../support/sample-rows.ts";
import { openForeign, openSample } from "../sample-store.ts";

async function layoutOf(location: string): Promise<string | undefined> {
  const { fields } = await (await openForeign(location, "agent_state")).schema();
  return fields[0]?.metadata.get("troupe:layout");
}

async function setLayout(location: string, layout: string | null): Promise<void> {
  const table = await openForeign(location, "agent_state");
  await table.updateFieldMetadata([{ path: "agent_id", metadata: { "troupe:layout": layout } }]);
}

test("a new database has the present layout, and keeps it", async () => {
  await using sample = await openSample({ janitor: { versionsKeptMs: 0 } });
  await sample.store.agents.record(agentRow(), stepRow());
  await sample.store.agents.record(agentRow({ iteration: 1 }));
  await sample.store.compact();
  expect(await layoutOf(sample.location)).toBe(String(LAYOUT));
});

test("a newer database is refused, and nothing in it changes", async () => {
  await using sample = await openSample();
  await sample.store.close();
  const { location } = sample;
  await setLayout(location, String(LAYOUT + 1));
  const files = async () => (await readdir(location, { recursive: true })).sort();
  const before = await files();
  for (const janitor of [undefined, {}]) {
    const opening = openStore({ location, ...(janitor && { janitor }) });
    await expect(opening).rejects.toMatchObject({
      code: "DATABASE_NEWER",
      message: expect.stringContaining(`has layout ${LAYOUT + 1}`),
    });
  }
  expect(await files()).toEqual(before);
});

test("a database of layout 1 opens with its rows, and only its owner raises the layout", async () => {
  await using sample = await openSample();
  const { location } = sample;
  await sample.store.agents.record(agentRow({ iteration: 4 }), stepRow({ iteration: 4 }));
  await sample.store.close();
  await setLayout(location, null);
  const connection = await connect(location);
  const steps = await connection.openTable("agent_steps");
  await steps.dropColumns(["context", "subject_after", "done", "epoch"]);
  await (await connection.openTable("agent_state")).dropColumns(["steps_since"]);
  connection.close();

  await using reader = await openStore({ location });
  expect((await reader.steps.list("agent1")).items).toMatchObject([{ epoch: 0, done: false }]);
  expect(await layoutOf(location)).toBeUndefined();
  await using owner = await openStore({ location, janitor: {} });
  expect(await layoutOf(location)).toBe(String(LAYOUT));
  expect(await owner.agents.loadAlive()).toMatchObject([{ iteration: 4, steps_since: "" }]);
  await owner.agents.record(agentRow({ iteration: 5 }), stepRow({ iteration: 5 }));
  expect((await owner.steps.list("agent1")).items).toHaveLength(2);
  expect(await owner.agents.find("agent1")).toMatchObject({ iteration: 5 });
});
