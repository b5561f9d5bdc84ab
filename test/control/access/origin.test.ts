/** Attacks by pages of other sites: forged requests and names that were made to point here. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";
import { signIn, without } from "./browser-requests.ts";

let control: Control;
let cookie: string;
beforeAll(async () => {
  control = await Control.start();
  cookie = await signIn(control);
});
afterAll(() => control.close());

test("a page of another site can use the cookie for nothing", async () => {
  const attacks = [
    { headers: {} },
    { headers: { origin: "https://evil.example" } },
    { headers: { origin: "null" } },
    { headers: { origin: `http://127.0.0.1:${control.port + 1}` } },
    { headers: { origin: `http://127.0.0.1:${control.port}.evil.example` } },
    { headers: { origin: `http://evil.example:${control.port}` } },
    { headers: { origin: `http://user@127.0.0.1:${control.port}` } },
    { headers: { "sec-fetch-site": "cross-site" } },
    { headers: { "sec-fetch-site": "same-site" } },
  ];
  for (const { headers } of attacks) {
    for (const [method, path] of [
      ["POST", "/api/agents/a/destroy"],
      ["DELETE", "/api/agents/a"],
    ] as const) {
      const answer = await control.ask(method, path, without({ cookie, ...headers }));
      expect({ headers, status: answer.status, code: answer.json.code }).toEqual({
        headers,
        status: 403,
        code: "ORIGIN_FORBIDDEN",
      });
    }
  }
  const read = { cookie, "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" };
  expect((await control.get("/api/agents", without(read))).status).toBe(403);
});

test("a form of another site is refused with any content type", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const { status, json } = await control.ask("POST", "/api/agents", {
      body: '{"agent_id":"a"}',
      headers: { "content-type": type },
    });
    expect({ status, ...json }).toMatchObject({
      status: 415,
      code: "MEDIA_TYPE_UNSUPPORTED",
      detail: `Content-Type must be application/json, got "${type}"`,
    });
  }
});

test("another site's page has no name that points here (DNS rebinding)", async () => {
  const hosts = [
    "evil.example",
    `evil.example:${control.port}`,
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.localhost",
    "10.0.0.1",
    "0.0.0.0",
    "[::2]",
    "127.0.0.1@evil.example",
    "127.0.0.1:80:80",
    "2130706433",
    "127.1",
    "0x7f.0.0.1",
    "localhost.",
    "[::1].evil.example",
    "localhost/evil",
  ];
  for (const host of hosts) {
    for (const path of ["/api/agents", "/healthz", "/"]) {
      const { status, json } = await control.get(path, { headers: { host } });
      expect({ host, status, code: json.code }).toEqual({
        host,
        status: 403,
        code: "HOST_FORBIDDEN",
      });
    }
  }
});

test("loopback has several names", async () => {
  for (const host of ["localhost", "LOCALHOST:1", "127.0.0.1", "127.8.9.10:99", "[::1]:7878"]) {
    expect((await control.get("/api/agents", { headers: { host } })).status).toBe(200);
  }
  const headers = {
    cookie,
    host: `localhost:${control.port}`,
    origin: `http://[::1]:${control.port}`,
  };
  expect((await control.ask("POST", "/api/agents/a/pause", without(headers))).status).toBe(202);
});

test("an origin that is not ours is refused even with the token", async () => {
  for (const path of ["/api/agents", "/healthz"]) {
    const { status, json } = await control.get(path, {
      headers: { origin: "https://evil.example" },
    });
    expect({ status, code: json.code }).toEqual({ status: 403, code: "ORIGIN_FORBIDDEN" });
  }
  const preflight = await control.ask("OPTIONS", "/api/agents", {
    headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
  });
  expect(preflight.status).toBe(403);
  expect(preflight.headers["access-control-allow-origin"]).toBeUndefined();
});

test("configured names are accepted as hosts and as origins", async () => {
  await using open = await Control.start({
    flags: { allowedHosts: "troupe.example,proxy.example:8443" },
  });
  const ask = async (host: string, from: string) =>
    (await open.get("/api/agents", { headers: { host, origin: from } })).status;
  expect(await ask("troupe.example", "https://troupe.example")).toBe(200);
  expect(await ask("troupe.example:80", "https://troupe.example")).toBe(200);
  expect(await ask("proxy.example:8443", "https://proxy.example:8443")).toBe(200);
  expect(await ask("proxy.example", "https://proxy.example")).toBe(403);
  expect(await ask("troupe.example", "https://evil.example")).toBe(403);
  expect(await ask("evil.example", "https://troupe.example")).toBe(403);
});

/** Bytes of a request by whoever has the token. */
function asked(target: string, ...hosts: readonly string[]): string {
  const lines = [`GET ${target} HTTP/1.1`, ...hosts.map((host) => `host: ${host}`)];
  return [...lines, `authorization: Bearer ${control.token}`, "connection: close", "", ""].join(
    "\r\n",
  );
}

test("a request names its host once, and its target names no other", async () => {
  const own = `127.0.0.1:${control.port}`;
  for (const bytes of [
    asked("/api/agents", own, own),
    asked("/api/agents", own, "evil.example"),
    asked("/api/agents"),
    asked("/api/agents", ""),
    asked("http://evil.example/api/agents", own),
    asked(`http://${own}@evil.example/api/agents`, own),
    asked(`http://me@${own}/api/agents`, own),
    asked("http://127.0.0.1/api/agents", own),
    asked("ftp://evil.example/api/agents", own),
    asked("/api/agents").replace("HTTP/1.1", "HTTP/1.0"),
  ]) {
    const answer = await control.send(bytes);
    const [, code] = /"code":"(\w+)"/.exec(answer) ?? [];
    expect({ bytes, status: answer.slice(9, 12), code }).toEqual({
      bytes,
      status: "400",
      code: "REQUEST_INVALID",
    });
  }
  for (const target of ["/api/agents", `http://${own}/api/agents`, `HTTP://${own}/api/agents`]) {
    expect(await control.send(asked(target, own))).toMatch(/^HTTP\/1\.1 200 /);
  }
});

test("neither a forwarded host nor a forwarded port is trusted", async () => {
  const headers = { host: "evil.example", "x-forwarded-host": `127.0.0.1:${control.port}` };
  expect((await control.get("/api/agents", { headers })).status).toBe(403);
});
