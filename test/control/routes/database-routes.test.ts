import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

const figures = {
  rows: expect.any(Number),
  bytes: expect.any(Number),
  disk_bytes: expect.any(Number),
  fragments: expect.any(Number),
  versions: expect.any(Number),
};

test("the database reports the size of each table", async () => {
  for (const id of ["a", "b", "c"]) {
    await control.post(`/api/agents/${id}/pause`, undefined, { prefer: "wait=30" });
  }
  const { status, json } = await control.get("/api/database");
  expect(status).toBe(200);
  const untouched = { ...figures, compacted_at: null };
  expect(json).toEqual({
    location: expect.stringMatching(/data.troupe$/),
    tables: {
      queue: { ...untouched, rows: 3 },
      agents_config: untouched,
      agent_state: untouched,
      agent_steps: untouched,
      agent_effects: untouched,
      supervisors: { ...untouched, rows: 1 },
    },
    journal: {
      entries: expect.any(Number),
      effects: 0,
      bytes: expect.any(Number),
      oldest_ms: expect.any(Number),
      sync_ms: expect.any(Number),
      syncs: expect.any(Number),
    },
  });
  expect(json.journal.syncs).toBeGreaterThan(0);
});

test("compaction answers with the sizes after it", async () => {
  const begun = Date.now();
  const { status, json } = await control.post("/api/database/compact");
  expect(status).toBe(200);
  expect(json.tables.queue).toMatchObject({ ...figures, rows: 3, fragments: 1 });
  for (const { compacted_at } of Object.values<{ compacted_at: number }>(json.tables)) {
    expect(compacted_at).toBeGreaterThanOrEqual(begun);
  }
  expect((await control.get("/api/database")).json.tables).toEqual(json.tables);
});

test("a request during a compaction waits for that one", async () => {
  const asked = [1, 2, 3, 4].map(() => control.post("/api/database/compact", {}));
  const answers = await Promise.all(asked);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const { json } = await control.get("/api/database");
  for (const answer of answers) expect(answer.json.location).toBe(json.location);
});

test("compaction takes no fields, and both routes require the token", async () => {
  const refused = await control.post("/api/database/compact", { table: "queue" });
  expect(refused).toMatchObject({ status: 400, json: { code: "REQUEST_INVALID" } });
  const headers = { authorization: undefined };
  expect((await control.get("/api/database", { headers })).status).toBe(401);
  expect((await control.post("/api/database/compact", {}, headers)).status).toBe(401);
});
