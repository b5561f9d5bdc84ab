/** Creates whose config has masks, as a view has them: a mask is never stored. */

import { beforeEach, expect, test } from "vitest";
import { handleAction } from "../../src/handlers/registry.ts";
import { parseAction } from "../../src/model/action.ts";
import { newActionId, parseAgentId } from "../../src/model/ids.ts";
import { MASK } from "../../src/model/secret-config.ts";
import type { Done } from "../../src/queue/dispatcher.ts";
import type { AgentType } from "../../src/supervisor/catalog/agent-catalog.ts";
import { Fleet } from "../support/fleet.ts";
import { pendingAction } from "../support/sample-rows.ts";
import { until } from "../support/until.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const configSchema = { properties: { key: { type: "string", writeOnly: true } } };
const stored = { interval_ms: 10, key: "s3cret" };

/** Two types whose configs have a secret, `ledger` and `finisher`, and others without a schema. */
let types: readonly AgentType[];
let fleet: Fleet;

beforeEach(async ({ onTestFinished }) => {
  fleet = await Fleet.start();
  onTestFinished(() => fleet[Symbol.asyncDispose]());
  types = fleet.catalog.types.map((type) =>
    ["ledger", "finisher"].includes(type.name) ? { ...type, configSchema } : type,
  );
  fleet.catalog.replace({ types });
});

/** Resolves once all of the action's effect is stored. */
async function carryOut(name: string, payload: JsonObject): Promise<Done> {
  const row = { id: newActionId(), action: name, payload: JSON.stringify(payload) };
  const { stored, ...done } = await handleAction(parseAction(pendingAction(row)), fleet.deps);
  await stored;
  return done;
}

const create = (payload: JsonObject) => carryOut("create_agent", payload);
/** Resolves once the create under way waits for the module of its type. */
const waitsForModule = () => until(() => fleet.supervisor.find(parseAgentId("agent1")));
const findRow = () => fleet.database.store.agents.find("agent1");

/** Leaves an ended agent with the stored secret. */
async function createAndEnd(): Promise<void> {
  await create({ agent_type: "ledger", config: stored });
  await carryOut("agent_destroy", {});
}

test("masks in a config stand for the agent's stored values", async () => {
  await create({ agent_type: "ledger", config: stored });
  expect(await create({ config: { interval_ms: 10, key: MASK } })).toEqual({ isEffectless: true });
  await carryOut("agent_destroy", {});
  await create({ agent_type: "ledger", config: { interval_ms: 20, key: MASK } });
  expect((await findRow())?.config).toEqual({ interval_ms: 20, key: "s3cret" });
});

test("masks stand for the stored values while the type's module is loading, too", async () => {
  await createAndEnd();
  fleet.catalog.replace({ types: types.filter(({ name }) => name !== "ledger") }, true);
  const created = create({ agent_type: "ledger", config: { interval_ms: 20, key: MASK } });
  await waitsForModule();
  fleet.catalog.replace({ types });
  await created;
  expect(await findRow()).toMatchObject({ generation: 2, config: { ...stored, interval_ms: 20 } });
});

test("no mask is stored if the type stays unknown", async () => {
  await createAndEnd();
  const others = types.filter(({ name }) => name !== "ledger");
  fleet.catalog.replace({ types: others }, true);
  const created = create({ agent_type: "ledger", config: { interval_ms: 20, key: MASK } });
  const unknown = { code: "AGENT_TYPE_UNKNOWN" };
  const rejected = expect(created).rejects.toMatchObject(unknown);
  await waitsForModule();
  fleet.catalog.replace({ types: others });
  await rejected;
  await expect(create({ config: { key: MASK } })).rejects.toMatchObject(unknown);
  expect((await findRow())?.config["key"]).toBe("s3cret");
});

test("a mask without a stored value is rejected with its place, and nothing is stored", async () => {
  const refused = (place: string) => ({
    code: "AGENT_CONFIG_INVALID",
    message: `${place} is a mask and has no stored value`,
  });
  const config = { accounts: [{ id: "a", key: MASK }] };
  await expect(create({ agent_type: "ledger", config })).rejects.toMatchObject(
    refused("config.accounts.0.key"),
  );
  expect(await findRow()).toBeUndefined();
  await createAndEnd();
  const more = { ...stored, more: MASK };
  await expect(create({ config: more })).rejects.toMatchObject(refused("config.more"));
  expect(await findRow()).toMatchObject({ status: "stopped", generation: 1, config: stored });
});

test("a running agent stays as it is, and a mask that fits none of its values is a difference", async () => {
  await create({ agent_type: "ledger", config: stored });
  const { note } = await create({ config: { ...stored, more: MASK } });
  expect(note).toMatchObject({ code: "AGENT_DIFFERS" });
  expect(note?.message).not.toContain("s3cret");
  expect(await findRow()).toMatchObject({ generation: 1, config: stored });
});

test("secrets do not get to another type, whose schema may show them", async () => {
  await createAndEnd();
  const invalid = { code: "AGENT_CONFIG_INVALID" };
  await expect(create({ agent_type: "joke" })).rejects.toMatchObject(invalid);
  const masked = { interval_ms: 10, key: MASK };
  await expect(create({ agent_type: "joke", config: masked })).rejects.toMatchObject(invalid);
  fleet.catalog.replace({ types: types.filter(({ name }) => name !== "ledger") });
  await expect(create({ agent_type: "finisher" })).rejects.toMatchObject(invalid);
  expect(await findRow()).toMatchObject({ agent_type: "ledger", config: stored });
  await create({ agent_type: "joke", config: { interval_ms: 10 } });
  expect(await findRow()).toMatchObject({ agent_type: "joke", config: { interval_ms: 10 } });
  await carryOut("agent_destroy", {});
  fleet.catalog.replace({ types });
  await create({ agent_type: "ledger" });
  expect(await findRow()).toMatchObject({ agent_type: "ledger", config: { interval_ms: 10 } });
});
