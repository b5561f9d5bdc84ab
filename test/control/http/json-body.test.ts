import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Control } from "../../support/control.ts";

test("a compressed body is refused by the name of its encoding", async () => {
  const control = await Control.start();
  try {
    const post = (body: unknown, encoding: string) =>
      control.post("/api/agents/a/pause", body, { "content-encoding": encoding });
    const { status, json } = await post(gzipSync('{"reason":"tea"}'), "gzip");
    expect({ status, detail: json.detail }).toEqual({
      status: 400,
      detail: 'body must not be compressed, got Content-Encoding "gzip"',
    });
    expect((await post({}, "identity")).status).toBe(202);
  } finally {
    await control.close();
  }
});

test("a body that says more than what would be stored is refused", async () => {
  const control = await Control.start();
  try {
    const refused = async (text: string) => {
      const { status, json } = await control.post("/api/agents/a/interrupt", Buffer.from(text));
      expect({ status, code: json.code }).toEqual({ status: 400, code: "REQUEST_INVALID" });
      return json.detail as string;
    };
    expect(await refused('{"guidance":{"a":1,"a":2}}')).toBe(
      'body.guidance must have the name "a" only once',
    );
    expect(await refused('{"guidance":{"id":9007199254740993}}')).toContain(
      "body.guidance.id must be a number that a double holds, or text, got one of 16 digits",
    );
    expect((await control.get("/api/actions")).json.items).toEqual([]);
  } finally {
    await control.close();
  }
});
