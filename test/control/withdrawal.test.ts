import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { Control } from "../support/control.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const HOUR_MS = 3_600_000;
const waiting = { prefer: "wait=60" };

test("DELETE withdraws an action that has not started, names the actor, and may be repeated", async () => {
  await using control = await Control.start();
  const later = { not_before: Date.now() + HOUR_MS };
  const { json: receipt } = await control.post("/api/agents", { agent_id: "a", ...later });
  const path = `/api/actions/${receipt.action_id}`;
  const waiter = control.get(path, { headers: waiting });
  const first = await control.ask("DELETE", `${path}?actor=ann&reason=not%20needed`);
  expect(first).toMatchObject({
    status: 200,
    json: {
      id: receipt.action_id,
      processed: true,
      outcome: "cancelled",
      error: { code: "ACTION_WITHDRAWN", message: "withdrawn by ann: not needed" },
    },
  });
  expect((await waiter).json).toEqual(first.json);
  const again = await control.ask("DELETE", path, { headers: { "idempotency-key": "k" } });
  expect(again).toMatchObject({ status: 200, json: first.json });
  expect((await control.get("/api/actions?outcome=cancelled")).json.items).toEqual([first.json]);
});

test("DELETE of an action that has ended or is unknown is refused", async () => {
  await using control = await Control.start();
  const ended = await control.post("/api/agents/a/pause", {}, waiting);
  const answers = [
    await control.ask("DELETE", `/api/actions/${ended.json.id}`),
    await control.ask("DELETE", "/api/actions/nobodys"),
    await control.ask("DELETE", `/api/actions/${ended.json.id}?force=1`),
  ];
  expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
    [409, "ACTION_BEGUN"],
    [404, "ACTION_NOT_FOUND"],
    [400, "REQUEST_INVALID"],
  ]);
});

test("a client withdraws, and a withdrawn action is not carried out by a later process", async () => {
  await using folder = await makeTempFolder();
  const before = await Control.start({ folder: folder.path });
  const client = connect(before.url.href, { token: before.token });
  const notBefore = Date.now() + 1_000;
  const id = await client.agentCreate("a", "me", { notBefore });
  expect(await client.actionCancel(id, "me")).toMatchObject({ id, outcome: "cancelled" });
  await before.close();
  await using after = await Control.start({ folder: folder.path });
  const due = await after.post("/api/agents/b/pause", { not_before: notBefore + 1 }, waiting);
  expect(due.json.outcome).toBe("rejected");
  expect((await after.get("/api/agents/a")).status).toBe(404);
  expect((await after.get(`/api/actions/${id}`)).json.outcome).toBe("cancelled");
});

test("a destroy ends creates that wait for a later time, even those of an earlier process", async () => {
  await using folder = await makeTempFolder();
  const before = await Control.start({ folder: folder.path });
  const body = { agent_id: "late", not_before: Date.now() + HOUR_MS };
  const { json: create } = await before.post("/api/agents", body);
  await before.close();
  await using after = await Control.start({ folder: folder.path });
  const destroy = await after.ask("DELETE", "/api/agents/late", { headers: waiting });
  expect(destroy.json).toMatchObject({
    outcome: "done",
    error: { code: "ACTION_WITHDRAWN", details: { actions: 1 } },
  });
  expect((await after.get(`/api/actions/${create.action_id}`)).json).toMatchObject({
    outcome: "cancelled",
    error: { details: { action_id: destroy.json.id } },
  });
  const ended = { status: "stopped", generation: 0, exit_reason: { reason: "destroyed" } };
  expect((await after.get("/api/agents/late")).json).toMatchObject(ended);
  const again = await after.ask("DELETE", "/api/agents/late", { headers: waiting });
  expect(again.json).toMatchObject({ outcome: "done", error: null });
});

test("an action that is posted after a destroy for a later time stays", async () => {
  await using control = await Control.start();
  await control.post("/api/agents", { agent_id: "a" }, waiting);
  await control.ask("DELETE", "/api/agents/a", { headers: waiting });
  const body = { agent_id: "a", not_before: Date.now() + 300 };
  expect((await control.post("/api/agents", body, waiting)).json.outcome).toBe("done");
  expect((await control.get("/api/agents/a")).json.generation).toBe(2);
});
