/** `connect()` with a fleet's file: what is refused before any request, and shards that do not answer. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connect } from "../../src/fleet/connect.ts";
import type { TroupeError } from "../../src/model/errors.ts";
import { shardOf } from "../../src/model/shard.ts";
import { listening } from "../support/listening.ts";
import { makeTempFolder } from "../support/temp-folder.ts";

const token = "a-token";
const [here = "", there = ""] = [0, 1].map(
  (shard) => ["agent1", "agent2", "agent3", "agent4"].find((id) => shardOf(id, 2) === shard) ?? "",
);

/** A fleet of two shards of which the first answers and nobody listens at the second's address. */
async function halfFleet() {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await makeTempFolder());
  const asked: string[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.url?.split("?", 1)[0]}`);
    const sent = await text(request);
    const count = sent === "" ? 0 : (JSON.parse(sent) as unknown[]).length;
    const action_ids = Array.from({ length: count }, (_, n) => `action${n}`);
    response.setHeader("content-type", "application/json");
    response.setHeader("connection", "close");
    response.end(JSON.stringify({ items: [{ agent_id: here }], next_cursor: null, action_ids }));
  });
  const first = opened.use(await listening(server));
  const second = createServer();
  second.listen(0, "127.0.0.1");
  await once(second, "listening");
  const { port } = second.address() as { port: number };
  second.close();
  await once(second, "close");
  const fleet = join(folder.path, "fleet.json");
  const addresses = [first.port, port].map((one) => `http://127.0.0.1:${one}`);
  await writeFile(fleet, JSON.stringify({ shards: 2, addresses }));
  const stack = opened.move();
  return { fleet, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test("a file without addresses, and a missing one, are refused by name", async () => {
  await using folder = await makeTempFolder();
  const fleet = join(folder.path, "fleet.json");
  expect(() => connect({ fleet })).toThrow(`${fleet}: there is no such file`);
  await writeFile(fleet, '{ "shards": 2 }');
  expect(() => connect({ fleet })).toThrow(
    `${fleet}: must have address or addresses, so that a client finds the servers`,
  );
});

test("a shard that does not answer fails a list, unless the caller takes the others' part", async () => {
  await using half = await halfFleet();
  await using strict = connect({ fleet: half.fleet, token });
  const fault = {
    code: "SERVER_UNREACHABLE",
    message: expect.stringMatching(/^shard 1\/2: no server answers at /),
    details: { shard: 1, shards: 2 },
  };
  await expect(strict.agentPage()).rejects.toMatchObject(fault);
  const faults: TroupeError[] = [];
  const onUnreached = (error: TroupeError) => faults.push(error);
  await using lenient = connect({ fleet: half.fleet, token, onUnreached });
  const page = await lenient.agentPage();
  expect(page).toEqual({ items: [{ agent_id: here }], next_cursor: null });
  expect(faults).toEqual([expect.objectContaining({ code: fault.code })]);
  await expect(lenient.agentFind(there)).rejects.toMatchObject(fault);
});

test("a change of both fails, and says what the other shard has stored", async () => {
  await using half = await halfFleet();
  const onUnreached = () => undefined;
  await using client = connect({ fleet: half.fleet, token, onUnreached });
  const pause = (agent_id: string) =>
    ({ action: "agent_pause", actor: "test", payload: { agent_id } }) as const;
  await expect(client.enqueue([pause(here), pause(there), pause(here)])).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
    message: expect.stringMatching(/^shard 1\/2: .*; actions enqueued in other shards: 2$/),
  });
  await expect(client.environmentReload("test")).rejects.toMatchObject({
    code: "SERVER_UNREACHABLE",
  });
  expect(half.asked).toEqual(["POST /api/actions", "POST /api/actions"]);
});

test("a fleet of which no shard answers fails in any case", async () => {
  await using half = await halfFleet();
  const { addresses } = JSON.parse(await readFile(half.fleet, "utf8")) as { addresses: string[] };
  await writeFile(half.fleet, JSON.stringify({ shards: 1, addresses: addresses.slice(1) }));
  await using client = connect({ fleet: half.fleet, token, onUnreached: () => undefined });
  await expect(client.agentPage()).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
});

test.each([[undefined], [null], [{}], [5], [new URL("http://127.0.0.1:7878")]])(
  "connect(%s) says what it takes",
  (place) => {
    expect(() => connect(place as never)).toThrow(
      expect.objectContaining({
        code: "SERVER_URL_INVALID",
        message: expect.stringContaining("connect takes a server's address as text, or { fleet }"),
      }),
    );
  },
);

test.each([
  ["http://127.0.0.1:7878", "a-token", "SETTING_INVALID", "takes an object with token, got String"],
  ["http://127.0.0.1:7878", 7, "SETTING_INVALID", "takes an object with token, got Number"],
  [
    "http://127.0.0.1:7878",
    { token: 5 },
    "SETTING_INVALID",
    "option token must be text, got Number",
  ],
  [
    "http://127.0.0.1:7878",
    { tokn: "secret" },
    "SETTING_UNKNOWN",
    'has no option "tokn"; known are token',
  ],
  [
    { fleet: "f", token: {} },
    undefined,
    "SETTING_INVALID",
    "option token must be text, got Object",
  ],
  [
    { fleet: "f", onUnreached: true },
    undefined,
    "SETTING_INVALID",
    "option onUnreached must be a function, got Boolean",
  ],
] as const)("connect(%j, %j) names the option that is wrong", (place, options, code, what) => {
  expect(() => connect(place as never, options as never)).toThrow(
    expect.objectContaining({ code, message: `connect: ${what}` }),
  );
});

test("a place that is not text is not shown, because it may have a token", () => {
  const place = new URL("http://127.0.0.1:7878/?token=secret") as never;
  expect(() => connect(place)).toThrow(/got URL$/);
});

test.each(["secret\r\ntoken", "secret\u0000", "secret→"])(
  "a token that no header can hold is refused and not shown: %j",
  async (given) => {
    await using fleet = connect("http://127.0.0.1:7878", { token: given });
    const message = "the token must be one line of characters that an HTTP header can have";
    await expect(fleet.agentPage()).rejects.toMatchObject({ code: "TOKEN_REQUIRED", message });
  },
);
