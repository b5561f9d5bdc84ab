import { once } from "node:events";
import { connect } from "node:net";
import { fastify } from "fastify";
import Type from "typebox";
import { expect, test } from "vitest";
import { LISTS_READ_MAX, readListsInTurn } from "../../../src/control/http/list-turns.ts";
import type { App } from "../../../src/control/routes/route-parts.ts";

const schema = { querystring: Type.Object({ cursor: Type.Optional(Type.String()) }) };

/** A list whose reads end when the test says so, and an address that is none. */
async function openLists() {
  const app = fastify() as unknown as App;
  readListsInTurn(app);
  const reads: PromiseWithResolvers<readonly string[]>[] = [];
  let onRead = Promise.withResolvers<void>();
  app.get("/list", { schema }, () => {
    const read = Promise.withResolvers<readonly string[]>();
    reads.push(read);
    onRead.resolve();
    onRead = Promise.withResolvers();
    return read.promise;
  });
  app.get("/one", () => ({}));
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const began = async (count: number) => {
    while (reads.length < count) await onRead.promise;
  };
  return { app, url, reads, began, [Symbol.asyncDispose]: () => app.close() };
}

test("so many lists are read at the same time, others wait for their turn, and the rest of the server does not", async () => {
  await using lists = await openLists();
  const { url, reads, began } = lists;
  const answers = Array.from({ length: 3 * LISTS_READ_MAX }, () => fetch(`${url}/list`));
  await began(LISTS_READ_MAX);
  expect((await fetch(`${url}/one`)).status).toBe(200);
  for (let n = 0; n < answers.length; n += 1) {
    await began(n + 1);
    expect(reads.length).toBeLessThanOrEqual(LISTS_READ_MAX + n);
    if (n === 1) reads[n]?.reject(new Error("not read"));
    else reads[n]?.resolve([]);
  }
  const statuses = await Promise.all(answers.map(async (answer) => (await answer).status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(answers.length - 1);
});

test("a client that is gone keeps nobody waiting, and nothing is read for one that has left while it waited", async () => {
  await using lists = await openLists();
  const { app, url, reads, began } = lists;
  const ask = () => {
    const client = connect(Number(new URL(url).port), "127.0.0.1");
    client.write("GET /list HTTP/1.1\r\nhost: localhost\r\n\r\n");
    return client;
  };
  const first = Array.from({ length: LISTS_READ_MAX }, ask);
  await began(LISTS_READ_MAX);
  const arrived = once(app.server, "request");
  const waiting = ask();
  const [{ socket }] = (await arrived) as [{ socket: NodeJS.EventEmitter }];
  const left = once(socket, "close");
  waiting.destroy();
  await left;
  const last = fetch(`${url}/list`);
  for (const client of first) client.destroy();
  await began(LISTS_READ_MAX + 1);
  reads.at(-1)?.resolve(["last"]);
  expect(await (await last).json()).toEqual(["last"]);
  expect(reads).toHaveLength(LISTS_READ_MAX + 1);
  for (const read of reads) read.resolve([]);
});
