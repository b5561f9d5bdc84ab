/** Interrupts that the journal keeps: done before the agent's row has the guidance, and shown at once. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Guidance } from "../../src/model/agent.ts";
import { GUIDANCE_ENTRIES_MAX } from "../../src/model/limits.ts";
import { openStore } from "../../src/store/store.ts";
import { block } from "../support/break.ts";
import { Control } from "../support/control.ts";
import { until } from "../support/until.ts";

const agents = fileURLToPath(new URL("../support/agents", import.meta.url));
const path = "/api/agents/agent1";
const waits = { prefer: "wait=30" };

/** A fleet with one agent that is paused. */
async function startPaused(): Promise<Control> {
  const control = await Control.start({ flags: { agents } });
  const body = { agent_id: "agent1", agent_type: "ledger", config: { interval_ms: 10 } };
  expect((await control.post("/api/agents", body, waits)).json).toMatchObject({ outcome: "done" });
  await control.post(`${path}/pause`, {}, waits);
  await until(async () => (await control.get(path)).json.status === "paused");
  return control;
}

const interrupt = async (control: Control, n: number) =>
  (await control.post(`${path}/interrupt`, { guidance: { n } }, waits)).json;

const numbersOf = (waiting: readonly Guidance[]) => waiting.map(({ guidance }) => guidance["n"]);

/** Refuses commits of agents' rows until it is called. */
const refuseRows = ({ folder }: Control) =>
  block(join(folder, "data/troupe/agent_state.lance/_transactions"));

test("is done while no row can be stored, is in every read, and is stored and used afterwards", async () => {
  await using control = await startPaused();
  const announced: unknown[] = [];
  using _subscription = control.troupe.events.subscribe(({ type, data }) => {
    if (type === "agent.guidance") announced.push((data as Guidance).guidance["n"]);
  });
  const mend = await refuseRows(control);
  for (const n of [1, 2]) expect(await interrupt(control, n)).toMatchObject({ outcome: "done" });
  expect(announced).toEqual([1, 2]);
  const one = (await control.get(path)).json;
  expect(numbersOf(one.pending_guidance)).toEqual([1, 2]);
  const whole = (await control.get("/api/agents?fields=all")).json.items[0];
  expect(numbersOf(whole.pending_guidance)).toEqual([1, 2]);
  // The refusal of the merge is noticed, and then nothing more is promised than before.
  await until(async () => (await control.get("/readyz")).status === 503);
  await using other = await openStore({ location: join(control.folder, "data/troupe") });
  expect(await other.agents.find("agent1")).toMatchObject({ pending_guidance: [] });
  await mend();
  await until(async () => (await other.agents.find("agent1"))?.pending_guidance.length === 2);
  await until(async () => (await control.get("/readyz")).status === 200);
  await control.post(`${path}/resume`, {}, waits);
  await until(async () => (await control.get(path)).json.pending_guidance.length === 0);
  expect((await control.get(path)).json.context).toEqual({ seen: [1, 2] });
  expect(announced).toEqual([1, 2]);
  await until(async () => (await other.agents.find("agent1"))?.applied_actions.length === 0);
});

test("keeps its order with what follows: a pause, a resume, a destroy that comes at once", async () => {
  await using control = await startPaused();
  const actions = [
    { action: "agent_interrupt", payload: { agent_id: "agent1", guidance: { n: 1 } } },
    { action: "agent_pause", payload: { agent_id: "agent1" } },
    { action: "agent_interrupt", payload: { agent_id: "agent1", guidance: { n: 2 } } },
  ];
  const { json } = await control.post("/api/actions", actions, waits);
  expect(json.actions.map(({ outcome }: { outcome: string }) => outcome)).toEqual(
    actions.map(() => "done"),
  );
  expect(await control.post(`${path}/destroy`, {}, waits)).toMatchObject({
    json: { outcome: "done" },
  });
  const { status, pending_guidance } = (await control.get(path)).json;
  expect([status, numbersOf(pending_guidance)]).toEqual(["stopped", [1, 2]]);
  expect(await interrupt(control, 3)).toMatchObject({
    outcome: "rejected",
    error: { code: "AGENT_NOT_RUNNING" },
  });
  await using other = await openStore({ location: join(control.folder, "data/troupe") });
  const row = await other.agents.find("agent1");
  expect(numbersOf(row?.pending_guidance ?? [])).toEqual([1, 2]);
});

test("is refused beyond the limit of waiting guidance, though no row has any of it yet", async () => {
  await using control = await startPaused();
  const mend = await refuseRows(control);
  const sent = Array.from({ length: GUIDANCE_ENTRIES_MAX + 2 }, (_, n) => ({
    action: "agent_interrupt",
    payload: { agent_id: "agent1", guidance: { n } },
  }));
  const { json } = await control.post("/api/actions", sent, waits);
  const ends = (json.actions as readonly { outcome: string; error: { code: string } | null }[]).map(
    ({ outcome, error }) => error?.code ?? outcome,
  );
  expect(ends.filter((end) => end === "done")).toHaveLength(GUIDANCE_ENTRIES_MAX);
  expect(ends.slice(GUIDANCE_ENTRIES_MAX)).toEqual(["GUIDANCE_LIMIT", "GUIDANCE_LIMIT"]);
  await mend();
  await control.post(`${path}/resume`, {}, waits);
  await until(async () => (await control.get(path)).json.pending_guidance.length === 0);
  expect((await control.get(path)).json.context.seen).toHaveLength(GUIDANCE_ENTRIES_MAX);
});

test("with answers from the table, is done only once the row has its guidance", async () => {
  await using control = await Control.start({ flags: { agents, ack: "table" } });
  const body = { agent_id: "agent1", agent_type: "ledger", config: { interval_ms: 3_600_000 } };
  await control.post("/api/agents", body, waits);
  await control.post(`${path}/pause`, {}, waits);
  const mend = await refuseRows(control);
  const { json } = await control.post(`${path}/interrupt`, { guidance: { n: 1 } });
  await until(async () => (await control.get("/readyz")).status === 503);
  expect((await control.get(`/api/actions/${json.action_id}`)).json.processed).toBe(false);
  await mend();
  const ended = await control.get(`/api/actions/${json.action_id}`, { headers: waits });
  expect(ended.json).toMatchObject({ outcome: "done" });
});

test("whose guidance the agent's type refuses is done, and a step says which field was wrong", async () => {
  await using control = await Control.start({ flags: { agents } });
  const config = { interval_ms: 3_600_000 };
  const body = { agent_id: "agent1", agent_type: "counter", config };
  expect((await control.post("/api/agents", body, waits)).json).toMatchObject({ outcome: "done" });
  const send = async (guidance: object) =>
    (await control.post(`${path}/interrupt`, { guidance }, waits)).json;
  expect(await send({ count: "ten" })).toMatchObject({ outcome: "done" });
  expect(await send({ count: 10 })).toMatchObject({ outcome: "done" });
  await until(async () => (await control.get(path)).json.context?.count === 10);
  const steps = (await control.get(`${path}/steps?status=error`)).json.items;
  expect(steps).toMatchObject([
    {
      error: {
        code: "GUIDANCE_INVALID",
        message: expect.stringContaining('count must be a number, got "ten"'),
      },
    },
  ]);
  expect((await control.get(path)).json).toMatchObject({ pending_guidance: [], status: "running" });
});
