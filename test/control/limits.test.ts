/** What one client may cost: sizes, and the time that a request takes to arrive. */

import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerBrokenRequest } from "../../src/control/http/broken-request.ts";
import { listenAt } from "../../src/control/http/listener.ts";
import { Control } from "../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

/** The first line and the code of an answer as it came. */
function told(answer: string): readonly [string | undefined, string | undefined] {
  return [answer.split("\r\n")[0]?.slice(0, 12), /"code":"(\w+)"/.exec(answer)?.[1]];
}

test("a body that is too large is refused before it is read", async () => {
  const large = "x".repeat(1024 * 1024);
  const one = await control.post("/api/agents", { initial_subject: large }).catch(() => undefined);
  if (one !== undefined)
    expect(one).toMatchObject({ status: 413, json: { code: "REQUEST_TOO_LARGE" } });
  const head = `POST /api/actions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${control.token}\r\ncontent-type: application/json\r\n`;
  const announced = await control.send(`${head}content-length: 999999999\r\n\r\n[`);
  expect(told(announced)).toEqual(["HTTP/1.1 413", "REQUEST_TOO_LARGE"]);
  expect(announced).toMatch(/"detail":"body must be at most \d+ bytes, got 999999999"/);
});

test("a body that grows beyond its limit while it arrives is cut off", async () => {
  const head = `POST /api/agents HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${control.token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`;
  const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
  expect(told(await control.send(head + chunk.repeat(20)))).toEqual([
    "HTTP/1.1 413",
    "REQUEST_TOO_LARGE",
  ]);
});

test("headers and addresses that are too long are refused", async () => {
  const long = "x".repeat(20_000);
  const answers = await Promise.all([
    control.send(`GET / HTTP/1.1\r\nhost: localhost\r\nx-long: ${long}\r\n\r\n`),
    control.send(`GET /${long} HTTP/1.1\r\nhost: localhost\r\n\r\n`),
  ]);
  for (const answer of answers) {
    expect(told(answer)).toEqual(["HTTP/1.1 431", "REQUEST_HEADERS_TOO_LARGE"]);
  }
  const id = "x".repeat(129);
  expect((await control.get(`/api/agents/${id}`)).status).toBe(400);
  expect((await control.get(`/api/actions/${id}`)).status).toBe(400);
  expect((await control.get(`/api/agents/${"x".repeat(1_000)}`)).status).toBe(400);
});

test("a request that is not HTTP is answered as such and cut off", async () => {
  const answers = await Promise.all([
    control.send("hello\r\n\r\n"),
    control.send("GET / HTTP/1.1\r\n\r\n"),
    control.send(
      "GET / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    ),
    control.send("GET / HTTP/1.1\r\nhost: localhost\nx: y\r\n\r\n"),
  ]);
  for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 400 /);
});

test("an address that is not a URL is refused", async () => {
  for (const path of ["/%", "/%zz", "/api/agents/%c0%ae"]) {
    expect((await control.get(path)).status).toBe(400);
  }
});

test("a request that arrives too slowly is cut off in time", async () => {
  const limits = { headersMs: 100, requestMs: 200, checkMs: 20 };
  await using address = await listenAt({ host: "127.0.0.1", port: 0, limits });
  const { server } = address;
  const ended = Promise.withResolvers<string>();
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    socket.destroy();
    ended.resolve(error.code ?? "");
  });
  const slow = connect(Number(new URL(address.url).port), "127.0.0.1");
  slow.on("error", () => undefined);
  slow.write("GET / HTTP/1.1\r\nhost: localhost\r\nx");
  expect(await ended.promise).toBe("ERR_HTTP_REQUEST_TIMEOUT");
  slow.destroy();
});

test("the limits that Node does not set are set", async () => {
  await using address = await listenAt({ host: "127.0.0.1", port: 0 });
  const { headersTimeout, requestTimeout, keepAliveTimeout, timeout, maxConnections } =
    address.server;
  expect([headersTimeout, requestTimeout, keepAliveTimeout, timeout, maxConnections]).toEqual([
    10_000, 30_000, 72_000, 150_000, 10_000,
  ]);
});

/** Connections to the address, each once it is made. */
async function open(url: string, count: number): Promise<readonly Socket[]> {
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => undefined);
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return sockets;
}

function close(sockets: readonly Socket[]): void {
  for (const socket of sockets) socket.destroy();
}

test("connections without a whole request are closed for others, the oldest first", async () => {
  const limits = { connectionsMax: 20 };
  await using address = await listenAt({ host: "127.0.0.1", port: 0, limits });
  const silent = await open(address.url, 19);
  const [oldest] = silent;
  silent[1]?.write("GET / HTTP/1.1\r\nhost:");
  const ended = once(oldest as Socket, "close");
  const answer = await fetch(`${address.url}/healthz`);
  expect(answer.status).toBe(200);
  await ended;
  expect(silent.filter(({ destroyed }) => destroyed)).toHaveLength(1);
  close(silent);
});

test("a connection with a request that was sent ahead is not closed for others", async () => {
  await using address = await listenAt({
    host: "127.0.0.1",
    port: 0,
    limits: { connectionsMax: 20 },
  });
  const second = Promise.withResolvers<ServerResponse>();
  using _served = address.serve(
    createServer(({ url }, response) => {
      if (url === "/second") second.resolve(response);
      else response.end("first");
    }),
  );
  const busy = connect(address.port, "127.0.0.1");
  const head = "HTTP/1.1\r\nhost: localhost\r\n";
  busy.write(`GET /first ${head}\r\nGET /second ${head}connection: close\r\n\r\n`);
  const response = await second.promise;
  const silent = await open(address.url, 18);
  expect((await fetch(`${address.url}/first`)).status).toBe(200);
  response.end("and second");
  expect(await text(busy)).toMatch(/first.*and second/s);
  close(silent);
});

test.each(["100-continue", "200-ok"])(
  "a connection whose request expects %s is not closed for others while it is carried out",
  async (expectation) => {
    const limits = { connectionsMax: 20 };
    await using address = await listenAt({ host: "127.0.0.1", port: 0, limits });
    const expecting = Promise.withResolvers<ServerResponse>();
    using _served = address.serve(
      createServer(({ headers }, response) => {
        if (headers.expect === undefined) response.end("others");
        else expecting.resolve(response);
      }),
    );
    const busy = connect(address.port, "127.0.0.1");
    const head = `host: localhost\r\nconnection: close\r\nexpect: ${expectation}`;
    busy.write(`GET / HTTP/1.1\r\n${head}\r\n\r\n`);
    const response = await expecting.promise;
    const silent = await open(address.url, 18);
    expect(await (await fetch(address.url)).text()).toBe("others");
    response.end("expected");
    expect(await text(busy)).toContain("expected");
    close(silent);
  },
);

test("requests that wait for an action leave half of the connections to others", async () => {
  const limits = { connectionsMax: 20 };
  await using address = await listenAt({ host: "127.0.0.1", port: 0, limits });
  expect(address.limits.waitersMax).toBe(10);
});

test("a client that is answered and closes nothing loses the connection", async () => {
  const limits = { headersMs: 100, requestMs: 200, checkMs: 20 };
  await using address = await listenAt({ host: "127.0.0.1", port: 0, limits });
  address.server.on("clientError", answerBrokenRequest);
  const port = Number(new URL(address.url).port);
  const client = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  client.on("error", () => undefined);
  const [socket] = (await once(address.server, "connection")) as [Socket];
  client.resume();
  await once(socket, "close");
  expect(await countOf(address.server)).toBe(0);
  client.destroy();
});

function countOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}
