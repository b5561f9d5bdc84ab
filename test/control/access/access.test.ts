/** Attacks on the way in, each over a real socket. */

import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { asBrowser, signIn, without } from "./browser-requests.ts";

let control: Control;
let cookie: string;
beforeAll(async () => {
  control = await Control.start();
  cookie = await signIn(control);
});
afterAll(() => control.close());

function sameOrigin(cookie: string) {
  return without({ cookie, "sec-fetch-site": "same-origin" });
}

function origin(): string {
  return `http://127.0.0.1:${control.port}`;
}

test("every route except health requires the token", async () => {
  const paths = [
    "/api/agents",
    "/api/agents/a",
    "/api/agents/a/steps",
    "/api/actions",
    "/api/actions/a",
    "/openapi.json",
    "/docs",
    "/docs/static/index.html",
    "/docs/json",
    "/nothing",
    "/",
  ];
  for (const path of paths) {
    const { status, headers, json } = await control.get(path, without());
    expect({ path, status, code: json.code }).toEqual({
      path,
      status: 401,
      code: "TOKEN_REQUIRED",
    });
    expect(headers["www-authenticate"]).toBe("Bearer");
  }
  for (const path of ["/api/agents", "/api/actions", "/api/environment/reload", "/healthz"]) {
    expect(await control.ask("POST", path, without())).toMatchObject({ status: 401 });
  }
});

test.each(["/healthz", "/readyz", "/healthz?from=balancer"])(
  "a load balancer that checks %s by HTTP/1.0 needs no Host",
  async (path) => {
    expect(await control.send(`GET ${path} HTTP/1.0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await control.send(`GET ${path} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    const elsewhere = `GET ${path} HTTP/1.0\r\nhost: evil.example\r\n\r\n`;
    expect(await control.send(elsewhere)).toMatch(/^HTTP\/1\.1 403 /);
  },
);

test.each([
  ["nothing", () => ""],
  ["another scheme", (token: string) => `Basic ${token}`],
  ["no scheme", (token: string) => token],
  ["a prefix of the token", (token: string) => `Bearer ${token.slice(0, -1)}`],
  ["the token and more", (token: string) => `Bearer ${token}x`],
  ["the token in another case", (token: string) => `Bearer ${token.toUpperCase()}`],
  ["two tokens", (token: string) => `Bearer ${token} ${token}`],
  ["a long one", () => `Bearer ${"x".repeat(10_000)}`],
])("%s is not the token", async (_what, make) => {
  const answer = await control.get("/api/agents", without({ authorization: make(control.token) }));
  expect(answer).toMatchObject({ status: 401, json: { code: "TOKEN_REQUIRED" } });
});

test("the token in a query opens pages for browsers, and no route for programs", async () => {
  const program = await control.get(`/api/agents?token=${control.token}`, without());
  expect(program.status).toBe(401);
  const browser = await control.get(`/api/agents?token=${control.token}`, asBrowser());
  expect(browser.status).toBe(401);
  for (const [asked, target] of [
    ["/", "./"],
    ["/docs", "./docs"],
    ["/docs/static/index.html", "./index.html"],
    ["/?a=1&b=2", "./?a=1&b=2"],
  ] as const) {
    const path = `${asked}${asked.includes("?") ? "&" : "?"}token=${control.token}`;
    const { status, headers, text } = await control.get(path, asBrowser());
    expect({ status, location: headers.location, text }).toEqual({
      status: 303,
      location: target,
      text: "",
    });
    expect(String(headers["set-cookie"])).toMatch(
      /; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(String(headers["set-cookie"])).not.toContain(control.token);
    expect(headers["cache-control"]).toBe("no-store");
  }
});

test("an exchange never leads to another site", async () => {
  for (const path of [
    "//evil.example/",
    "/\\evil.example",
    "///evil.example",
    "/%2f/evil.example",
  ]) {
    const { status, headers } = await control.get(`${path}?token=${control.token}`, asBrowser());
    if (status === 303) expect(headers.location).toMatch(/^\.\//);
    else expect(status).toBe(400);
  }
});

test("a browser without the token gets a page to sign in, with no script and nothing loaded", async () => {
  for (const path of ["/", "/docs", `/?token=${control.token}x`]) {
    const { status, headers, text } = await control.get(path, asBrowser());
    expect(status).toBe(401);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    );
    expect(text).toContain('name="token" type="password"');
    expect(text).not.toMatch(/<script|src=|href=/);
    expect(text.includes("not the token")).toBe(path.includes("token="));
  }
});

test("the cookie opens what the token opens", async () => {
  const own = { cookie, "sec-fetch-site": "same-origin" };
  expect((await control.get("/api/agents", without(own))).status).toBe(200);
  const typed = { cookie, "sec-fetch-site": "none", "sec-fetch-mode": "navigate" };
  expect((await control.get("/docs", asBrowser(typed))).status).toBe(200);
  const headers = { cookie, origin: origin() };
  expect((await control.ask("POST", "/api/agents/a/pause", without(headers))).status).toBe(202);
});

test("the cookie opens nothing without a browser that names the page's origin", async () => {
  for (const headers of [{}, { "sec-fetch-site": "same-site" }, { accept: "text/html" }]) {
    for (const path of ["/api/agents", "/api/events", "/metrics", "/", "/openapi.json"]) {
      const { status, json } = await control.get(path, without({ cookie, ...headers }));
      expect({ path, headers, status, code: json.code }).toEqual({
        path,
        headers,
        status: 403,
        code: "ORIGIN_FORBIDDEN",
      });
    }
  }
});

test("over TLS the cookie is for this host alone, and is never sent without TLS", async () => {
  const over = asBrowser({ "x-forwarded-proto": "https" });
  const { headers } = await control.get(`/?token=${control.token}`, over);
  const given = String(headers["set-cookie"]);
  expect(given).toMatch(new RegExp(`^__Host-troupe_session_${control.port}=`));
  expect(given).toMatch(/; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const own = { cookie: given.split(";")[0], "sec-fetch-site": "same-origin" };
  expect((await control.get("/api/agents", without(own as Record<string, string>))).status).toBe(
    200,
  );
});

test("a cookie that was made without the token is invalid", async () => {
  const name = `troupe_session_${control.port}`;
  const [ends, signature] = (cookie.split("=")[1] ?? "").split(".");
  const signed = `troupe session of port ${control.port} until ${ends}`;
  const forged = [
    `${name}=${Number(ends) + 1}.${signature}`,
    `${name}=${ends}.${createHmac("sha256", "").update(signed).digest("base64url")}`,
    `${name}=${control.token}`,
    `${name}=`,
    `${name}=${createHmac("sha256", "").update("troupe session").digest("base64url")}`,
    `${name}=${cookie.split("=")[1]?.slice(0, -1)}`,
    cookie.replace(String(control.port), "7878"),
    cookie.replace("troupe_session", "other_session"),
    `x=1, ${cookie}`,
  ];
  for (const value of forged) {
    expect({
      value,
      status: (await control.get("/api/agents", sameOrigin(value))).status,
    }).toEqual({
      value,
      status: 401,
    });
  }
  const twice = `${name}=wrong; ${cookie}`;
  expect((await control.get("/api/agents", sameOrigin(twice))).status).toBe(200);
});

test("no path leads out of the served folder", async () => {
  const paths = [
    "/docs/static/../../package.json",
    "/docs/static/..%2f..%2fpackage.json",
    "/../package.json",
    "/docs/static/%2e%2e/%2e%2e/package.json",
    "/docs/static/..%5c..%5cpackage.json",
    "/%00",
    "/docs/static/.npmignore",
    "/api/agents/..%2f..%2ftoken",
    "/token",
    "/data/troupe/token",
    "/.env",
  ];
  for (const path of paths) {
    const { status, text } = await control.get(path);
    expect({ path, isRefused: status === 400 || status === 404 }).toEqual({
      path,
      isRefused: true,
    });
    expect(text).not.toContain(control.token);
    expect(text).not.toContain('"dependencies"');
  }
});

test("no answer takes a header from a request", async () => {
  const id = encodeURIComponent("a\r\nset-cookie: x=1");
  const { status, headers } = await control.ask("POST", `/api/agents/${id}/pause`, {});
  expect({ status, cookie: headers["set-cookie"] }).toEqual({ status: 400, cookie: undefined });
  const named = await control.post("/api/actions", {
    action: "agent_pause",
    payload: { agent_id: "a" },
    id: "x\r\nset-cookie: y=1",
  });
  expect(named.headers["set-cookie"]).toBeUndefined();
  expect(named.headers.location).toBe("/api/actions/x%0D%0Aset-cookie%3A%20y%3D1");
  const path = `/a%0d%0aset-cookie:x=1?token=${control.token}`;
  expect((await control.get(path, asBrowser())).headers.location).not.toMatch(/[\r\n]/);
});

test("all answers carry the headers that a browser needs", async () => {
  const asked = [
    control.get("/api/agents"),
    control.get("/api/agents", without()),
    control.get("/nothing"),
  ];
  for (const { headers } of await Promise.all(asked)) {
    expect(headers).toMatchObject({
      "content-security-policy": expect.stringMatching(
        /^default-src 'none';script-src 'self';style-src 'self';/,
      ),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers).not.toHaveProperty("x-powered-by");
    expect(headers).not.toHaveProperty("access-control-allow-origin");
  }
});

test("neither the token nor the cookie is ever logged or answered", async () => {
  const secrets = [control.token, cookie.split("=")[1] ?? ""];
  const asked = await Promise.all([
    control.get(`/?token=${control.token}`, asBrowser()),
    control.get(`/nothing?token=${control.token}`),
    control.get(`/api/agents?token=${control.token}`),
    control.get(`/api/agents/a?authorization=${control.token}`, { headers: { cookie } }),
    control.post("/api/agents", `{"token":"${control.token}`),
    control.get("/readyz"),
  ]);
  const told = asked
    .slice(1)
    .map(({ text }) => text)
    .filter((_, n) => n !== 3);
  for (const secret of secrets) {
    expect(control.log).not.toContain(secret);
    expect(told.join("")).not.toContain(secret);
  }
  const rows = await control.get("/api/actions?limit=1000");
  for (const secret of secrets) expect(rows.text).not.toContain(secret);
});
