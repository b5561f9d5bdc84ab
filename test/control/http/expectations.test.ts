import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

const body = '{"agent_id":"agent1"}';

function headOf(lines: Readonly<Record<string, string>>): string {
  const headers = {
    host: "localhost",
    authorization: `Bearer ${control.token}`,
    "content-type": "application/json",
    "content-length": String(body.length),
    ...lines,
  };
  const all = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /api/agents HTTP/1.1\r\n${all.join("")}\r\n`;
}

/** The status of each answer on a connection. */
function statusesOf(answer: string): readonly string[] {
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => String(status));
}

test("the body of a request that is accepted is asked for, and then taken", async () => {
  const socket = connect(control.port, control.url.hostname);
  socket.write(headOf({ expect: "100-continue", connection: "close" }));
  const [first] = (await once(socket, "data")) as [Buffer];
  expect(String(first)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
  socket.write(body);
  const answer = await text(socket);
  expect(statusesOf(answer)).toEqual(["202"]);
});

test.each([
  ["without the token", "401", { authorization: "Bearer wrong" }],
  ["for another host", "403", { host: "evil.example" }],
  ["whose body is too large", "413", { "content-length": "999999999" }],
])("the body of a request %s is not asked for", async (_what, status, lines) => {
  const answer = await control.send(headOf({ expect: "100-continue", ...lines }));
  expect(statusesOf(answer)).toEqual([status]);
});

test("what else a request expects is ignored, and its host and token count as ever", async () => {
  const expects = { expect: "200-ok", connection: "close" };
  const taken = await control.send(headOf(expects) + body);
  expect(statusesOf(taken)).toEqual(["202"]);
  const refused = await control.send(headOf({ ...expects, authorization: "" }) + body);
  expect(statusesOf(refused)).toEqual(["401"]);
  expect(refused).toContain('"code":"TOKEN_REQUIRED"');
});

test.each([
  ["authorization", "Bearer wrong"],
  ["content-type", "text/plain"],
])("a request with two headers %s is refused, and its connection closed", async (name, value) => {
  const repeated = headOf({}).replace("\r\n\r\n", `\r\n${name}: ${value}\r\n\r\n`);
  const answer = await control.send(repeated + body);
  expect(statusesOf(answer)).toEqual(["400"]);
  expect(answer).toContain(`the request must have one header ${name}, got several`);
});
