import { expect, test } from "vitest";
import { openQueue } from "../../src/index.ts";
import { Control } from "../support/control.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const waiting = { prefer: "wait=60" };

function codes(answers: readonly { readonly status: number; readonly json: { code?: string } }[]) {
  return answers.map(({ status, json }) => [status, json.code]);
}

test("an id that was used before is refused in any request, and nothing is stored", async () => {
  await using control = await Control.start();
  const first = await control.post("/api/agents/a/pause", { id: "deploy-7" }, waiting);
  expect(first).toMatchObject({ status: 200, json: { id: "deploy-7" } });
  const resume = { action: "agent_resume", payload: { agent_id: "a" } };
  const answers = [
    await control.post("/api/agents/a/resume", { id: "deploy-7" }, waiting),
    await control.post("/api/agents/a/pause", { id: "deploy-7" }, waiting),
    await control.post("/api/actions", [resume, { ...resume, id: "deploy-7" }]),
    await control.post("/api/actions", [
      { ...resume, id: "twice" },
      { ...resume, id: "twice" },
    ]),
  ];
  expect(codes(answers)).toEqual(Array(4).fill([409, "ACTION_DUPLICATE"]));
  expect((await control.get("/api/actions")).json.items).toHaveLength(1);
});

test("of simultaneous requests with one id one is carried out", async () => {
  await using control = await Control.start();
  const verbs = Array.from({ length: 12 }, (_, n) => ["pause", "resume", "destroy"][n % 3]);
  const asked = verbs.map((verb) => control.post(`/api/agents/a/${verb}`, { id: "one" }, waiting));
  const answers = await Promise.all(asked);
  const taken = answers.filter(({ status }) => status === 200);
  expect(taken).toHaveLength(1);
  expect(codes(answers).filter(([status]) => status !== 200)).toEqual(
    Array(11).fill([409, "ACTION_DUPLICATE"]),
  );
  const { items } = (await control.get("/api/actions")).json;
  expect(items).toEqual([taken[0]?.json]);
});

test("the library refuses an id that was used before", async () => {
  await using control = await Control.start();
  await using queue = await openQueue(`${control.folder}/data/troupe`);
  await queue.agentPause("a", "me", undefined, { id: "one" });
  await expect(queue.agentResume("a", "me", undefined, { id: "one" })).rejects.toMatchObject({
    code: "ACTION_DUPLICATE",
  });
});

test("the library checks ids before it looks them up, and takes null as none", async () => {
  await using control = await Control.start();
  await using queue = await openQueue(`${control.folder}/data/troupe`);
  const pause = { action: "agent_pause", actor: "me", payload: { agent_id: "a" } };
  const withId = (id: unknown) => ({ ...pause, id: id as string });
  const malformed = { code: "ACTION_MALFORMED" };
  await expect(queue.enqueue([withId(5)])).rejects.toMatchObject(malformed);
  await expect(queue.enqueue([withId({ toString: () => "x" })])).rejects.toMatchObject(malformed);
  expect(await queue.enqueue([withId(null), withId(null)])).toHaveLength(2);
});

test("an Idempotency-Key covers a request with its own id, over restarts too", async () => {
  await using folder = await makeTempFolder();
  const key = { "idempotency-key": "k" };
  const path = "/api/agents/a/interrupt";
  const before = await Control.start({ folder: folder.path });
  const first = await before.post(path, { guidance: { n: 1 }, id: "X1" }, key);
  const ask = async (control: Control) => [
    await control.post(path, { guidance: { n: 1 }, id: "X1" }, key),
    await control.post(path, { guidance: { n: 2 }, id: "X2" }, key),
    await control.post(path, { guidance: { n: 2 }, id: "X1" }, key),
    await control.post(path, { guidance: { n: 1 } }, key),
    await control.post(path, { guidance: { n: 1 }, id: "X1" }, { "idempotency-key": "other" }),
    await control.post(path, { guidance: { n: 1 }, id: "X1" }),
  ];
  const expected = [
    [202, undefined],
    ...Array(3).fill([422, "IDEMPOTENCY_KEY_REUSED"]),
    ...Array(2).fill([409, "ACTION_DUPLICATE"]),
  ];
  const answers = await ask(before);
  expect(codes(answers)).toEqual(expected);
  expect(answers[0]?.json).toEqual(first.json);
  await before.close();
  await using after = await Control.start({ folder: folder.path });
  expect(codes(await ask(after))).toEqual(expected);
  const { items } = (await after.get("/api/actions")).json;
  expect(items.map(({ id }: { id: string }) => id)).toEqual(["X1"]);
  expect(items[0]).not.toHaveProperty("request_key");
});

test("an Idempotency-Key of a request without an own id refuses one with it, and arrays in part", async () => {
  await using control = await Control.start();
  const key = (name: string) => ({ "idempotency-key": name });
  await control.post("/api/agents/a/pause", {}, key("plain"));
  const pause = { action: "agent_pause", payload: { agent_id: "a" } };
  const mixed = [{ ...pause, id: "m1" }, pause];
  const first = await control.post("/api/actions", mixed, key("mixed"));
  const answers = [
    await control.post("/api/agents/a/pause", { id: "P" }, key("plain")),
    await control.post("/api/actions", [{ ...pause, id: "m2" }, pause], key("mixed")),
    await control.post("/api/actions", [{ ...pause, id: "m1" }], key("mixed")),
    await control.post("/api/actions", [...mixed, pause], key("mixed")),
    await control.post("/api/actions", [pause, pause], key("mixed")),
    await control.post("/api/actions", mixed, key("mixed")),
  ];
  expect(codes(answers)).toEqual([
    ...Array(5).fill([422, "IDEMPOTENCY_KEY_REUSED"]),
    [202, undefined],
  ]);
  expect(answers[5]?.json).toEqual(first.json);
  expect((await control.get("/api/actions")).json.items).toHaveLength(3);
});

test("simultaneous requests with one key and their own ids take effect once", async () => {
  await using control = await Control.start();
  const asked = Array.from({ length: 10 }, (_, n) =>
    control.post(`/api/agents/a/pause`, { id: `X${n % 2}` }, { "idempotency-key": "k" }),
  );
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 202)).toHaveLength(5);
  expect(statuses.filter((status) => status === 422)).toHaveLength(5);
  expect((await control.get("/api/actions")).json.items).toHaveLength(1);
});
