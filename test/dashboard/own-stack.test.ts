import { expect, test } from "vitest";
import { ownStack } from "../../src/dashboard/state/own-stack.ts";

test("a stack is shown without the lines of Troupe's thread and of Node", () => {
  const stack = [
    "Error: the lamp is out",
    "    at Object.step (file:///home/ana/agents/poet.mjs:8:28)",
    "    at /opt/troupe/src/actor/step-runner.ts:143:63",
    "    at run (/opt/troupe/dist/thread.cjs:1:13289)",
    "    at process.processTicksAndRejections (node:internal/process/task_queues:104:5)",
  ];
  expect(ownStack(stack.join("\n"))).toEqual({ shown: stack.slice(0, 2).join("\n"), hidden: 3 });
});

test("a stack that has no other lines is shown whole", () => {
  const stack = "Error: x\n    at /opt/troupe/src/actor/step-runner.ts:143:63";
  expect(ownStack(stack)).toEqual({ shown: stack, hidden: 0 });
});
