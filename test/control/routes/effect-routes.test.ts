/** What REST shows of effects, and how it settles an unknown one. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { EFFECT_VALUE_BYTES_MAX } from "../../../src/model/effect-states.ts";
import { Control } from "../../support/control.ts";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.ts";
import { seedTracedAgent, type TracedEffects } from "../../support/traced-agent.ts";

let folder: TempFolder;
let control: Control;
let effects: TracedEffects;
beforeAll(async () => {
  folder = await makeTempFolder();
  effects = await seedTracedAgent(folder.path, "agent1");
  control = await Control.start({ folder: folder.path });
});
afterAll(async () => {
  await control.close();
  await folder[Symbol.asyncDispose]();
});

const idsOf = (items: readonly { readonly effect_id: string }[]) =>
  items.map(({ effect_id }) => effect_id);
const later = { not_before: 8_000_000_000_000 };

test("a step's effects are listed oldest first, with every column, JSON parsed", async () => {
  const { call, failed, mail } = effects;
  const { status, json } = await control.get("/api/agents/agent1/steps/2/effects");
  expect(status).toBe(200);
  expect(json).toEqual({
    items: [
      { ...call, input: { question: "how" }, value: { text: "Dear Ann" } },
      failed,
      { ...mail, value: "sent" },
    ],
    next_cursor: null,
  });
});

test("a step's effects come in pages", async () => {
  const path = "/api/agents/agent1/steps/2/effects?limit=2";
  const first = (await control.get(path)).json;
  const second = (await control.get(`${path}&cursor=${first.next_cursor}`)).json;
  expect(idsOf([...first.items, ...second.items])).toEqual(
    idsOf([effects.call, effects.failed, effects.mail]),
  );
  expect(second.next_cursor).toBeNull();
  const wrong = await control.get(`${path}&cursor=nonsense`);
  expect(wrong.json).toMatchObject({ status: 400, code: "CURSOR_INVALID" });
});

test("a step that has not ended shows its effects so far, in their newest state", async () => {
  const { json } = await control.get("/api/agents/agent1/steps/3/effects");
  expect(json.items).toEqual([effects.unknown]);
});

test("a step without effects has none, an unknown agent is an error", async () => {
  const none = await control.get("/api/agents/agent1/steps/1/effects");
  expect(none).toMatchObject({ status: 200, json: { items: [], next_cursor: null } });
  const nobody = await control.get("/api/agents/nobody/steps/1/effects");
  expect(nobody).toMatchObject({ status: 404, json: { code: "AGENT_UNKNOWN" } });
  for (const step of ["0", "one", "1.5"]) {
    const { status, json } = await control.get(`/api/agents/agent1/steps/${step}/effects`);
    expect([status, json.code]).toEqual([400, "REQUEST_INVALID"]);
    expect(json.detail).toContain("iteration");
  }
});

test("effects are listed newest first, by agent and by state, in pages", async () => {
  const { call, failed, mail, unknown } = effects;
  const all = (await control.get("/api/effects")).json;
  expect(idsOf(all.items)).toEqual(idsOf([unknown, mail, failed, call]));
  expect((await control.get("/api/effects?state=unknown")).json.items).toEqual([unknown]);
  expect((await control.get("/api/effects?agent_id=agent2")).json.items).toEqual([]);
  const first = (await control.get("/api/effects?agent_id=agent1&limit=3")).json;
  const rest = (await control.get(`/api/effects?limit=3&cursor=${first.next_cursor}`)).json;
  expect(idsOf(rest.items)).toEqual([call.effect_id]);
  const wrong = await control.get("/api/effects?state=lost");
  expect(wrong.json).toMatchObject({ status: 400, code: "REQUEST_INVALID" });
});

test("one effect is shown by its id", async () => {
  const { json } = await control.get(`/api/effects/${effects.call.effect_id}`);
  expect(json).toMatchObject({ agent_id: "agent1", value: { text: "Dear Ann" } });
  const none = await control.get("/api/effects/none");
  expect(none).toMatchObject({ status: 404, json: { code: "EFFECT_NOT_FOUND" } });
});

test("an unknown effect is resolved by an action about its agent, once for each key", async () => {
  const { effect_id } = effects.unknown;
  const path = `/api/effects/${effect_id}/resolve`;
  const key = { "idempotency-key": "resolve once" };
  const body = { outcome: "done", value: { id: 7 }, actor: "ann", ...later };
  const first = await control.post(path, body, key);
  expect(first).toMatchObject({ status: 202, json: { agent_id: "agent1" } });
  expect((await control.post(path, body, key)).json).toEqual(first.json);
  const { json } = await control.get(`/api/actions/${first.json.action_id}`);
  expect(json).toMatchObject({
    action: "effect_resolve",
    agent_id: "agent1",
    actor: "ann",
    payload: { agent_id: "agent1", effect_id, outcome: "done", value: { id: 7 } },
  });
});

test("a resolution that is not possible is refused at the door", async () => {
  const post = async (id: string, body: unknown) => {
    const { status, json } = await control.post(`/api/effects/${id}/resolve`, body);
    return `${status} ${json.code}: ${json.detail}`;
  };
  const { unknown, mail } = effects;
  expect(await post("none", { outcome: "retry" })).toMatch(/^404 EFFECT_NOT_FOUND: .*none/);
  expect(await post(mail.effect_id, { outcome: "retry" })).toMatch(/^409 EFFECT_SETTLED: .*done/);
  expect(await post(unknown.effect_id, {})).toMatch(/^400 REQUEST_INVALID: .*outcome/);
  expect(await post(unknown.effect_id, { outcome: "ok" })).toMatch(/^400 REQUEST_INVALID/);
  const both = { outcome: "retry", value: 1 };
  expect(await post(unknown.effect_id, both)).toMatch(/^400 ACTION_MALFORMED: .*value/);
  const large = { outcome: "done", value: "x".repeat(EFFECT_VALUE_BYTES_MAX) };
  expect(await post(unknown.effect_id, large)).toMatch(
    /^400 ACTION_MALFORMED: .*value must be at most 262144 bytes/,
  );
});
