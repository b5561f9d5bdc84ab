import { expect, test } from "vitest";
import { frameText, placeFrame, type StackFrame, withStack } from "../../src/model/agent-inside.ts";

function frame(owner: StackFrame["owner"], name: string): StackFrame {
  return { function: name, file: `${owner}.ts`, line: 12, column: 5, owner };
}
const [node, spin, outer] = [frame("node", "parse"), frame("agent", "spin"), frame("agent", "")];

test("the place to look at is the innermost call of the agent's own code", () => {
  expect(placeFrame([node, spin, outer])).toBe(spin);
  expect(placeFrame([node])).toBeUndefined();
});

test("an error has its calls as its stack, a function without a name as its place alone", () => {
  expect(frameText(outer)).toBe("agent.ts:12:5");
  const error = { code: "AGENT_UNRESPONSIVE", message: "silent" };
  expect(withStack(error, [spin, outer])).toEqual({
    ...error,
    stack: "AGENT_UNRESPONSIVE: silent\n    at spin (agent.ts:12:5)\n    at agent.ts:12:5",
  });
});

test("an error whose calls are not known keeps the stack that it has", () => {
  const error = { code: "X", message: "m", stack: "at step" };
  expect([withStack(error, undefined), withStack(error, [])]).toEqual([error, error]);
});
