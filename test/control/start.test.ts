/** What the server does at its start and at its end. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listenAt } from "../../src/control/http/listener.ts";
import { defined } from "../../src/model/defined.ts";
import { Control } from "../support/control.ts";
import { listening } from "../support/listening.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

test.each(["0.0.0.0", "::", "192.0.2.1", "troupe.example"])(
  "a public address (%s) without a token set by hand is refused before anything is made",
  async (host) => {
    for (const token of [undefined, "tooshort"]) {
      const flags = defined({ host, token });
      await expect(Control.start({ flags })).rejects.toMatchObject({
        code: "SETTING_INVALID",
        message: expect.stringContaining("TROUPE_TOKEN must be a token of at least 16 characters"),
      });
    }
  },
);

test("a public address with a token set by hand is listened at, and answers to its addresses", async () => {
  await using control = await Control.start({
    flags: { host: "0.0.0.0", token: "a-token-set-by-hand" },
  });
  expect(control.url.hostname).toBe("127.0.0.1");
  expect((await control.get("/api/agents")).status).toBe(200);
  const rebound = { host: `evil.example:${control.port}` };
  expect((await control.get("/api/agents", { headers: rebound })).status).toBe(403);
});

test("a token set by hand is kept in no file", async () => {
  await using control = await Control.start({ flags: { token: "set-by-hand" } });
  expect((await control.get("/api/agents")).status).toBe(200);
  await expect(readFile(join(control.folder, "data/troupe/token"))).rejects.toThrow("ENOENT");
});

test("a port in use ends the start, and closes what it had opened", async () => {
  await using folder = await makeTempFolder();
  await using taken = await listening(createServer());
  const { port } = taken;
  await expect(
    Control.start({ folder: folder.path, flags: { port: `${port}` } }),
  ).rejects.toMatchObject({
    code: "ADDRESS_UNAVAILABLE",
    message: `127.0.0.1:${port} is in use by another program; --port or TROUPE_PORT sets another port, 0 any free one`,
  });
  await using control = await Control.start({ folder: folder.path });
  expect((await control.get("/readyz")).status).toBe(200);
});

test("requests and upgrades that arrive before the routes get 503, and 200 only once all works", async () => {
  await using folder = await makeTempFolder();
  const { port } = await Control.start({ folder: folder.path }).then(async (first) => {
    await first.close();
    return first;
  });
  const seen = new Map<string, Set<number | undefined>>();
  let isOver = false;
  const asking = ["/readyz", "/api/agents", "/api/ws", "/"].map(async (path) => {
    const statuses = new Set<number | undefined>();
    seen.set(path, statuses);
    while (!isOver) statuses.add(await statusOf(port, path));
  });
  const flags = { port: `${port}` };
  const control = await Control.start({ folder: folder.path, flags });
  await until(() => seen.get("/readyz")?.has(200));
  await control.close();
  isOver = true;
  await Promise.all(asking);
  expect(known(seen.get("/readyz"))).toEqual([200, 503]);
  expect(known(seen.get("/api/agents"))).toEqual([401, 503]);
  for (const status of known(seen.get("/api/ws"))) expect([401, 426, 503]).toContain(status);
});

test.each(["/healthz", "/healthz?from=balancer", "http://127.0.0.1/healthz"])(
  "a process that is starting answers %s",
  async (target) => {
    await using address = await listenAt({ host: "127.0.0.1", port: 0 });
    const { port } = address;
    const asked = request({ host: "127.0.0.1", port, path: target, agent: false });
    const [{ statusCode }] = await once(asked.end(), "response");
    expect(statusCode).toBe(200);
    expect(await statusOf(port, "/healthzz")).toBe(503);
  },
);

/** Of an answer to a request that asks for an upgrade as well; undefined where nobody answers. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  const headers = { connection: "upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const asked = request({ host: "127.0.0.1", port, path, agent: false, headers });
  return new Promise((resolve) => {
    asked.on("response", (response) => {
      response.resume().on("close", () => resolve(response.statusCode));
    });
    asked.on("error", () => resolve(undefined)).end();
  });
}

function known(statuses: ReadonlySet<number | undefined> = new Set()): readonly number[] {
  return [...statuses].filter((status) => status !== undefined).toSorted((a, b) => a - b);
}

test("token and session outlive a restart, and a token that was changed ends both", async () => {
  await using folder = await makeTempFolder();
  const first = await Control.start({ folder: folder.path });
  const { token, port } = first;
  const { headers } = await first.get(`/?token=${token}`, {
    headers: { authorization: undefined, accept: "text/html" },
  });
  const cookie = String(headers["set-cookie"]).split(";")[0];
  await first.close();
  const flags = { port: `${port}` };
  const second = await Control.start({ folder: folder.path, flags });
  expect(second.token).toBe(token);
  const session = {
    headers: { authorization: undefined, cookie, "sec-fetch-site": "same-origin" },
  };
  expect((await second.get("/api/agents", session)).status).toBe(200);
  await second.close();
  await writeFile(join(folder.path, "data/troupe/token"), "another-token-of-ours");
  await using third = await Control.start({ folder: folder.path, flags });
  expect((await third.get("/api/agents", session)).status).toBe(401);
});

test("the lock names the server's address, without the token", async () => {
  await using control = await Control.start();
  const text = await readFile(join(control.folder, "data/troupe/troupe.lock"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ url: control.url.origin });
  expect(text).not.toContain(control.token);
});

test("closing answers waiting requests, and does not wait for silent connections", async () => {
  const control = await Control.start();
  const later = { not_before: Date.now() + 3_600_000 };
  const waiting = control.post("/api/agents/a/pause", later, { prefer: "wait=100" });
  const silent = control.send("GET /healthz HTTP/1.1\r\n");
  const { port } = control;
  await control.get("/healthz");
  await control.close();
  expect((await waiting).status).toBe(202);
  expect(await silent).toBe("");
  await using taken = await listening(createServer(), port);
  expect(taken.port).toBe(port);
});
