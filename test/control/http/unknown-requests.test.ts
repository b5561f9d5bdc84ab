import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

test.each([
  ["PUT", "/api/agents", "GET, HEAD, POST"],
  ["PATCH", "/api/agents/a", "DELETE, GET, HEAD"],
  ["OPTIONS", "/api/agents/a%2Fb?token=x", "DELETE, GET, HEAD"],
  ["GET", "/api/agents/a/pause", "POST"],
  ["HEAD", "/api/environment/reload", "POST"],
  ["PROPFIND", "/api/usage", "GET, HEAD"],
  ["DELETE", "/healthz", "GET, HEAD"],
  ["POST", "/docs/json", "GET, HEAD"],
])("%s %s is refused with the methods of the address", async (method, path, allowed) => {
  const { status, headers, text } = await control.ask(method, path);
  expect({ status, allow: headers["allow"] }).toEqual({ status: 405, allow: allowed });
  if (method === "HEAD") return;
  const [address] = path.split("?");
  expect(headers["content-type"]).toContain("application/problem+json");
  expect(JSON.parse(text)).toMatchObject({
    code: "METHOD_NOT_ALLOWED",
    detail: `${address} has no method ${method}; it has ${allowed}`,
  });
});

test.each([
  ["QUERY", "/api/agents", {}],
  ["QUERY", "/api/agents", { "content-type": "text/plain" }],
  ["PUT", "/api/agents", { "content-type": "text/plain" }],
  ["PUT", "/api/agents", { "content-type": "application/json" }],
])("%s %s is refused whatever its body is: %j", async (method, path, headers) => {
  const body = method === "QUERY" ? undefined : "{not JSON";
  const { status, headers: answered, json } = await control.ask(method, path, { body, headers });
  expect({ status, code: json.code }).toEqual({ status: 405, code: "METHOD_NOT_ALLOWED" });
  expect(answered["allow"]).toBe("GET, HEAD, POST");
});

test.each([
  ["PUT", "/api/nothing"],
  ["PUT", "/api/agents/a/b/c"],
  ["PUT", "/API/agents"],
  ["GET", "/docs/nothing"],
])("%s %s is unknown", async (method, path) => {
  const { status, headers, json } = await control.ask(method, path);
  expect({ status, code: json.code }).toEqual({ status: 404, code: "ROUTE_UNKNOWN" });
  expect(headers["allow"]).toBeUndefined();
});

test("HEAD is answered as GET is, without the body", async () => {
  const { status, headers, text } = await control.ask("HEAD", "/api/agents");
  expect({ status, text }).toEqual({ status: 200, text: "" });
  expect(headers["content-type"]).toContain("application/json");
});

test("the methods of an address are told only to those who have the token", async () => {
  const { status, headers } = await control.ask("PUT", "/api/agents", {
    headers: { authorization: "Bearer wrong" },
  });
  expect({ status, allow: headers["allow"] }).toEqual({ status: 401, allow: undefined });
});
