/** A server of one shard: agents of other shards are refused at every door, with the right address. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "@lancedb/lancedb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hasAgent, shardOf } from "../../../src/model/shard.ts";
import { Control } from "../../support/control.ts";
import { makeTempFolder } from "../../support/temp-folder.ts";

const shard = { index: 1, count: 4 };
const ids = Array.from({ length: 100 }, (_, n) => `agent${n}`);
const here = ids.filter((id) => hasAgent(shard, id));
const elsewhere = ids.filter((id) => !hasAgent(shard, id));
const [own = "", second = ""] = here;
const [foreign = ""] = elsewhere;
const right = shardOf(foreign, shard.count);

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let control: Control;

beforeAll(async () => {
  folder = await makeTempFolder();
  const fleet = join(folder.path, "fleet.json");
  await writeFile(fleet, '{ "shards": 4, "address": "http://troupe-{shard}.test:7878" }');
  control = await Control.start({ folder: folder.path, flags: { shard: "1/4", fleet } });
});

afterAll(async () => {
  await control.close();
  await folder[Symbol.asyncDispose]();
});

test.each([
  ["GET", `/api/agents/${foreign}`, undefined],
  ["GET", `/api/agents/${foreign}/steps`, undefined],
  ["DELETE", `/api/agents/${foreign}`, undefined],
  ["POST", `/api/agents/${foreign}/pause`, {}],
  ["POST", `/api/agents/${foreign}/interrupt`, { guidance: { subject: "dogs" } }],
  ["POST", "/api/agents", { agent_id: foreign }],
  ["POST", "/api/actions", { action: "agent_pause", payload: { agent_id: foreign } }],
])("%s %s is answered 421, with the right shard and its address", async (method, path, body) => {
  const { status, json } = await control.ask(method, path, body === undefined ? {} : { body });
  expect(status).toBe(421);
  const address = `http://troupe-${right}.test:7878`;
  expect(json).toMatchObject({
    code: "SHARD_MISDIRECTED",
    detail: `agent ${foreign} is in shard ${right} of 4, at ${address}; this is shard 1`,
    details: { agent_id: foreign, shard: right, shards: 4, address },
  });
});

test("a request without the token learns nothing about shards", async () => {
  const headers = { authorization: undefined };
  const { status } = await control.get(`/api/agents/${foreign}`, { headers });
  expect(status).toBe(401);
});

test("many actions are refused as a whole, with the positions of those that are elsewhere", async () => {
  const agents = [own, foreign, second, elsewhere[1] ?? ""];
  const before = (await control.get("/api/actions")).json.items.length;
  const actions = agents.map((agent_id) => ({ action: "agent_pause", payload: { agent_id } }));
  const { status, json } = await control.post("/api/actions", actions);
  expect([status, json.details.positions]).toEqual([421, [1, 3]]);
  expect(json.detail).toMatch(/this is shard 1 \(actions for other shards: 2 of 4\)$/);
  expect((await control.get("/api/actions")).json.items).toHaveLength(before);
});

test("an agent of this shard is created and steered", async () => {
  const headers = { prefer: "wait=20" };
  const created = await control.post("/api/agents", { agent_id: own }, headers);
  expect([created.status, created.json.outcome]).toEqual([200, "done"]);
  const paused = await control.post(`/api/agents/${own}/pause`, {}, headers);
  expect([paused.status, paused.json.outcome]).toEqual([200, "done"]);
});

test("an agent without an id gets one of this shard, the same for the same key", async () => {
  const create = async (key?: string) => {
    const headers = key === undefined ? {} : { "idempotency-key": key };
    return (await control.post("/api/agents", {}, headers)).json.agent_id as string;
  };
  const created = [await create(), await create(), await create("a"), await create("b")];
  expect(created.filter((id) => !hasAgent(shard, id))).toEqual([]);
  expect(await create("a")).toBe(created[2]);
  expect(new Set(created).size).toBe(4);
});

test("a foreign row in the wrong queue ends rejected", async () => {
  const database = await connect(join(folder.path, "data/troupe/0001"));
  const queue = await database.openTable("queue");
  const id = "foreign-row";
  const payload = JSON.stringify({ agent_id: foreign });
  const created_at = BigInt(Date.now());
  await queue.add([
    { id, action: "create_agent", actor: "test", payload, created_at, processed: false },
  ]);
  const { json } = await control.get(`/api/actions/${id}`, { headers: { prefer: "wait=20" } });
  expect(json).toMatchObject({ outcome: "rejected", error: { code: "SHARD_MISDIRECTED" } });
  database.close();
});

test("the server's facts name the shard and the addresses of all", async () => {
  const { json } = await control.get("/about.json");
  expect(json.shard).toMatchObject({ ...shard, addresses: { length: 4 } });
});
