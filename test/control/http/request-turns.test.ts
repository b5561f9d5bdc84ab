import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { listenAt } from "../../../src/control/http/listener.ts";

/** More than fits into the buffers between client and server. */
const REQUESTS = 30_000;
/** Those in one piece that the server reads, 64 KiB, and some. */
const READ_AHEAD_MAX = 3_000;

test("requests that are sent ahead are carried out one by one and in order, and not read meanwhile", async () => {
  await using address = await listenAt({ host: "127.0.0.1", port: 0 });
  const counts = { running: 0, runningMax: 0, begun: 0, read: 0, aheadMax: 0 };
  address.server.on("request", () => {
    counts.read += 1;
    counts.aheadMax = Math.max(counts.aheadMax, counts.read - counts.begun);
  });
  const first = Promise.withResolvers<ServerResponse>();
  const answer = (response: ServerResponse, place: string | undefined) => {
    counts.running -= 1;
    response.end(`<${place}>`);
  };
  using _served = address.serve(
    createServer((request, response) => {
      counts.begun += 1;
      counts.running += 1;
      counts.runningMax = Math.max(counts.runningMax, counts.running);
      if (counts.begun === 1) first.resolve(response);
      else setImmediate(() => answer(response, request.url));
    }),
  );
  const socket = connect(address.port, "127.0.0.1");
  const requests = Array.from(
    { length: REQUESTS },
    (_, n) => `GET /${n} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  );
  socket.write(requests.join(""));
  const response = await first.promise;
  // Answers take as long as the requests need to arrive, if they are read.
  for (let n = 0; n < 3; n += 1) await fetch(`${address.url}/other`);
  answer(response, "/0");
  const places: number[] = [];
  let rest = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    const found = [...(rest + text).matchAll(/<\/(\d+)>/g)];
    const last = found.at(-1);
    rest = last === undefined ? rest + text : (rest + text).slice(last.index + last[0].length);
    places.push(...found.map(([, place]) => Number(place)));
    if (places.length === REQUESTS) socket.destroy();
  });
  await once(socket, "close");
  expect(places).toEqual(Array.from({ length: REQUESTS }, (_, n) => n));
  expect(counts.aheadMax).toBeLessThan(READ_AHEAD_MAX);
  // That of the other connection, too.
  expect(counts.runningMax).toBeLessThanOrEqual(2);
});

test("nothing is carried out that a client has sent behind a request whose answer closes the connection", async () => {
  await using address = await listenAt({ host: "127.0.0.1", port: 0 });
  const places: (string | undefined)[] = [];
  using _served = address.serve(
    createServer((request, response) => {
      places.push(request.url);
      // Only once all that was sent has arrived.
      setImmediate(() => response.setHeader("connection", "close").end("x".repeat(1_000_000)));
    }),
  );
  // A reset ends it as well.
  const socket = connect(address.port, "127.0.0.1").on("error", () => undefined);
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const requests = ["/first", "/behind", "/last"].map(
    (place) => `GET ${place} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  );
  socket.write(requests.join(""));
  await once(socket, "data");
  socket.write(requests.join("")); // while the answer is still being sent
  socket.resume();
  await closed;
  expect(places).toEqual(["/first"]);
});
