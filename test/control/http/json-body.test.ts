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
