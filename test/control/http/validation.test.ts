/** What a request may have in its parts. */

import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../support/control.ts";

let control: Control;
beforeAll(async () => {
  control = await Control.start();
});
afterAll(() => control.close());

test.each([
  ["POST", "/api/agents?agent_id=a", { agent_type: "joke" }, "agent_id"],
  ["POST", "/api/agents/a/pause?reason=lunch", {}, "reason"],
  ["POST", "/api/environment/reload?wait=5", {}, "wait"],
  ["PATCH", "/api/types/joke?interval_ms=5", { restart: null }, "interval_ms"],
] as const)(
  "%s %s is refused: a write would ignore its query",
  async (method, path, body, name) => {
    const { status, json } = await control.ask(method, path, { body });
    expect(status).toBe(400);
    expect(json.detail).toBe(`query has no field "${name}"; it takes none`);
  },
);
