import { expect, test } from "vitest";
import { parseOnce } from "../../src/actor/once-request.ts";
import type { OnceOptions } from "../../src/agents/once.ts";

const run = () => 1;

test("options that are left out have their defaults", () => {
  const asked = { key: "buy", unknown: "retry", scope: "turn" };
  expect(parseOnce("buy", run)).toEqual(asked);
  expect(parseOnce("buy", run, { unknown: "ask" })).toEqual({ ...asked, unknown: "ask" });
});

test.each([
  ["unkown", { unkown: "ask" }],
  ["Scope", { Scope: "agent" }],
])(
  "an option with the unknown name %s is refused: it may be all that prevents a second call",
  (name, options) => {
    const message = `ctx.once has no option "${name}"; known are unknown, scope`;
    expect(() => parseOnce("buy", run, options as OnceOptions)).toThrow(new TypeError(message));
  },
);
