import { expect, test } from "vitest";
import { toNewAction } from "../../../src/control/http/action-request.ts";

test("the agent comes first in a payload: a repeated request is compared with its row as text", () => {
  const { payload } = toNewAction("agent_pause", { actor: "ann", reason: "why" } as object, "a");
  expect(JSON.stringify(payload)).toBe('{"agent_id":"a","reason":"why"}');
});
