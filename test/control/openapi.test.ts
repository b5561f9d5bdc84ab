/** The document is valid, and whatever comes in, what goes out is what the document says. */

import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../support/control.ts";
import { Interface, type Operation } from "../support/openapi.ts";
import { requestsOf } from "../support/openapi-requests.ts";

let control: Control;
let face: Interface;
beforeAll(async () => {
  control = await Control.start();
  const { json } = await control.get("/openapi.json");
  face = new Interface(json);
  // Something to be found by the reads.
  const wait = { prefer: "wait=30" };
  await control.post("/api/agents", { agent_id: "known", config: { interval_ms: 5 } }, wait);
  await control.post("/api/agents/known/interrupt", { guidance: { subject: "dogs" } }, wait);
  await control.post("/api/agents/known/pause", { reason: "enough" }, wait);
  await control.post(
    "/api/actions",
    { action: "agent_pause", payload: { agent_id: "no" }, id: "known" },
    wait,
  );
});
afterAll(() => control.close());

/** Rounds of each operation. */
const RUNS = 40;

test("the document is valid OpenAPI 3.1 and names every route of the contract", async () => {
  const { json } = await control.get("/openapi.json");
  expect(await new Validator().validate(json)).toMatchObject({ valid: true });
  expect(json.openapi).toBe("3.1.0");
  const names = face.operations.map(({ method, path }) => `${method} ${path}`);
  expect(names).toEqual(
    expect.arrayContaining([
      ...[
        "GET /api/agents",
        "POST /api/agents",
        "GET /api/agents/{agent_id}",
        "DELETE /api/agents/{agent_id}",
      ],
      ...["pause", "resume", "interrupt", "destroy"].map(
        (verb) => `POST /api/agents/{agent_id}/${verb}`,
      ),
      ...["GET /api/agents/{agent_id}/steps", "GET /api/actions", "GET /api/actions/{action_id}"],
      ...["POST /api/actions", "POST /api/environment/reload", "GET /healthz", "GET /readyz"],
      ...["GET /api/database", "POST /api/database/compact"],
    ]),
  );
  const ids = Object.values<Record<string, { operationId?: string }>>(json.paths).flatMap(
    (methods) => Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
});

test("whatever comes in, each route answers as documented", { timeout: 300_000 }, async () => {
  for (const operation of face.operations) {
    if (operation.path.startsWith("/api/") === false && operation.method !== "GET") continue;
    if (isStream(operation)) continue;
    await fc.assert(
      fc.asyncProperty(requestsOf(face, operation), async ({ path, body, headers, isValid }) => {
        const answer = await control.ask(operation.method, path, { body, headers });
        expect(face.findFault(operation, answer)).toBeUndefined();
        if (isValid) expect([200, 202, 404, 409, 422]).toContain(answer.status);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  }
});

/** Answers that do not end are tested where they are made. */
function isStream({ responses }: Operation): boolean {
  return (
    Object.values(responses).some(({ content = {} }) => "text/event-stream" in content) ||
    "101" in responses
  );
}
