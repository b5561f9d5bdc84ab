/** The document is valid, and whatever comes in, what goes out is what the document says. */

import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isObject } from "../../../src/model/parse-json.ts";
import { areSeconds } from "../../../src/model/plausible-ms.ts";
import { Control } from "../../support/control.ts";
import { Interface, type Operation } from "../../support/openapi.ts";
import { requestsOf } from "../../support/openapi-requests.ts";

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
      "GET /api/agents",
      "GET /api/agents/{agent_id}",
      "DELETE /api/agents/{agent_id}",
      "GET /api/agents/{agent_id}/steps",
      "GET /api/actions",
      "GET /api/actions/{action_id}",
      "POST /api/actions",
      "GET /healthz",
      "GET /readyz",
      "GET /api/database",
      "POST /api/database/compact",
    ]),
  );
  const ids = Object.values<Record<string, { operationId?: string }>>(json.paths).flatMap(
    (methods) => Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(ids).not.toContain(undefined);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the document has everything that common linters require", async () => {
  const { json } = await control.get("/openapi.json");
  expect(json.servers).toHaveLength(1);
  expect(json.info).toMatchObject({ license: { identifier: "MIT" }, contact: { name: "Troupe" } });
  const declared = json.tags.map(({ name }: { name: string }) => name);
  const operations = Object.values<Record<string, DocumentedOperation>>(json.paths).flatMap(
    (methods) => Object.values(methods),
  );
  for (const operation of operations) {
    const { operationId: id, tags, responses, parameters = [] } = operation;
    const statuses = Object.keys(responses);
    expect({ id, summary: operation.summary, description: operation.description }).toEqual({
      id: expect.stringMatching(/./),
      summary: expect.stringMatching(/./),
      description: expect.stringMatching(/./),
    });
    expect({ id, tags: tags.filter((tag) => !declared.includes(tag)) }).toEqual({ id, tags: [] });
    expect({ id, ok: statuses.some((status) => /^2/.test(status)) }).toEqual({ id, ok: true });
    expect({ id, no: statuses.some((status) => /^4/.test(status)) }).toEqual({ id, no: true });
    const untold = parameters.filter(({ description }) => !description).map(({ name }) => name);
    expect({ id, untold }).toEqual({ id, untold: [] });
  }
  expect(new Set(operations.flatMap(({ tags }) => tags))).toEqual(new Set(declared));
  expect(json.tags.every(({ description }: { description: string }) => description)).toBe(true);
  const text = JSON.stringify(json);
  for (const name of Object.keys(json.components.schemas)) {
    expect({ name, isUsed: text.includes(`"#/components/schemas/${name}"`) }).toEqual({
      name,
      isUsed: true,
    });
  }
});

test("the page to read it is served with its own files, and no other path below it", async () => {
  const page = await control.get("/docs");
  expect(page).toMatchObject({
    status: 200,
    headers: { "content-type": "text/html; charset=utf-8" },
  });
  expect(page.headers["content-security-policy"]).toContain("script-src 'self'; style-src 'self'");
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
  expect(files.length).toBeGreaterThan(3);
  for (const file of files) {
    const { pathname } = new URL(file, `${control.url.origin}/docs`);
    const { status, headers, text } = await control.get(pathname);
    expect({ pathname, status, isEmpty: text === "" }).toEqual({
      pathname,
      status: 200,
      isEmpty: false,
    });
    const again = { headers: { "if-none-match": String(headers["etag"]) } };
    if (headers["etag"]) expect((await control.get(pathname, again)).status).toBe(304);
  }
  expect(page.text).toContain("swagger-initializer.js");
  // Relative to each document, because a proxy may serve this server below a path.
  for (const path of ["/openapi.json", "/docs/json"]) {
    const { servers } = (await control.get(path)).json;
    const base = new URL(servers[0].url, `https://host.example/fleet${path}`);
    expect({ path, base: base.href }).toEqual({ path, base: "https://host.example/fleet/" });
  }
  expect(await control.ask("HEAD", "/docs")).toMatchObject({ status: 200, text: "" });
  for (const path of ["/docs/nothing", "/docs/../api/agents", "/docs/../openapi.json"]) {
    const { status, json } = await control.get(path);
    expect({ path, status, code: json.code }).toEqual({ path, status: 404, code: "ROUTE_UNKNOWN" });
  }
});

interface DocumentedOperation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

test("each route answers any request as documented", { timeout: 300_000 }, async () => {
  for (const operation of face.operations) {
    if (operation.path.startsWith("/api/") === false && operation.method !== "GET") continue;
    if (isStream(operation)) continue;
    await fc.assert(
      fc.asyncProperty(requestsOf(face, operation), async ({ path, body, headers, isValid }) => {
        const answer = await control.ask(operation.method, path, { body, headers });
        expect(face.findFault(operation, answer)).toBeUndefined();
        // A schema does not say which of its fields go together, nor which unit a number has.
        const mayBeRefused = operation.path.endsWith("/resolve") || isInSeconds(body);
        if (isValid && !mayBeRefused) expect([200, 202, 404, 409, 422]).toContain(answer.status);
        expect(answer.status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  }
});

function isInSeconds(body: unknown): boolean {
  return [body].flat().some((one) => {
    const time = isObject(one) ? one["not_before"] : undefined;
    return typeof time === "number" && areSeconds(time);
  });
}

/** Answers that do not end are tested where they are made. */
function isStream({ responses }: Operation): boolean {
  return (
    Object.values(responses).some(({ content = {} }) => "text/event-stream" in content) ||
    "101" in responses
  );
}
