/** How a thread finds its agent: built in, or a user's module wherever it lies. */

import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { guidanceOf, startActor } from "../support/actor-harness.ts";

const plain = `export default { type: "test", step: () => ({ result: "fine", done: true }) };`;

test("a module can import defineAgent from troupe wherever it is", async () => {
  const module = `import { defineAgent } from "troupe"; export default defineAgent({ type: "test", step: () => ({ result: "fine" }) });`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toBe("fine");
});

test("a module in CommonJS can require troupe", async () => {
  const module = `const { defineAgent } = require("troupe");
    module.exports = defineAgent({ type: "test", step: () => ({ result: "fine" }) });`;
  await using actor = await startActor({ module, file: "agent.cjs" });
  expect((await actor.next("step")).result).toBe("fine");
});

test("an agent has Troupe's class of errors, and may throw them with anything in them", async () => {
  const module = `import { TroupeError } from "troupe";
    class Own extends TroupeError {}
    const own = new Own("INTERNAL", "mine", { details: { no: () => 1, n: 1 } });
    export default { type: "test", step(ctx) {
      if (ctx.iteration > 1) throw own;
      return { result: [own, new Error(), {}].map((error) => error instanceof TroupeError) };
    } };`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toBe("[true,false,false]");
  const { error } = await actor.next("failed");
  expect(error).toMatchObject({ message: "mine", details: { n: 1 } });
});

test("functions that agents cannot use refuse when they are called", async () => {
  const module = `import { openQueue } from "troupe"; export default { type: "test", step: () => openQueue("./data") };`;
  await using actor = await startActor({ module });
  expect((await actor.next("failed")).error.message).toMatch(
    /openQueue of "troupe" cannot be used inside an agent/,
  );
});

test.each(["agent.ts", "agent.mts"])("a module in TypeScript is run as it is: %s", async (file) => {
  const module = `import type { AgentDefinition } from "troupe"; const answer: string = "typed";
    export default { type: "test", step: () => ({ result: answer }) } satisfies AgentDefinition;`;
  await using actor = await startActor({ module, file });
  expect((await actor.next("step")).result).toBe("typed");
  expect(actor.output).toBe("");
});

test("a module's own imports work", async () => {
  const part = `data:text/javascript,export default "part";`;
  const module = `import part from '${part}'; export default { type: "test", step: () => ({ result: part }) };`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toBe("part");
});

describe("a broken module is an error that names file and cause", () => {
  test.each([
    ["a syntax error", "export default {", /cannot be loaded: SyntaxError/],
    ["a throw", `throw new Error("no luck");`, /cannot be loaded: Error: no luck/],
    ["a missing package", `import "not-there-at-all";`, /cannot be loaded: .*not-there-at-all/],
    ["a missing export of troupe", `import { no } from "troupe";`, /cannot be loaded: .*'no'/],
    [
      "a promise",
      "export default Promise.resolve({});",
      /got a promise; `await` it in the module$/,
    ],
    ["no default export", "export const a = 1;", /must have a default export .*; it has none$/],
    [
      "a default export of another kind",
      "export default 3;",
      /must have a default .*; got number$/,
    ],
    ["a list of definitions", "export default [{}];", /; got an array; a module has one/],
    [
      "a setting in other letters",
      `export default { type: "test", intervalMs: 5, step() {} };`,
      /defines "test" with the unknown field intervalMs \(the field is interval_ms\)$/,
    ],
    [
      "a misspelt method of a class",
      `export default new (class { type = "test"; step() {} onInterupt() {} })();`,
      /unknown field onInterupt \(the field is onInterrupt\)$/,
    ],
    [
      "a setting that only a config has",
      `export default { type: "test", unresponsive_timeout_ms: 5_000, step() {} };`,
      /with unresponsive_timeout_ms, which is set in the config of an agent or of its type$/,
    ],
    ["a missing step", `export default { type: "test" };`, /; it has no step$/],
    ["a missing type", "export default { step() {} };", /; it has no type$/],
    ["a type of another kind", "export default { type: 5, step() {} };", /; its type is a number$/],
    ["another type", plain.replace("test", "other"), /must define the type "test", .* "other"/],
  ])("%s", async (_what, module, message) => {
    await using actor = await startActor({ module });
    const { phase, error } = await actor.next("failed");
    expect({ phase, code: error.code }).toEqual({ phase: "load", code: "AGENT_MODULE_BROKEN" });
    expect(error.message).toContain(join(String(actor.folder), "agent.mjs"));
    expect(error.message).toMatch(message);
    expect(await actor.exited).toBe(1);
    expect(actor.ofKind("ready")).toEqual([]);
  });
});

test.each([
  ["a throw", "throw new Error();", "agent.mjs"],
  ["a syntax error", "export default { type: };", "agent.mjs"],
  ["a syntax error in TypeScript", "export default { type: as string: };", "agent.ts"],
])(
  "the stack of what keeps a module from loading shows the line: %s",
  async (_what, text, file) => {
    await using actor = await startActor({ module: `\n\n${text}`, file });
    expect((await actor.next("failed")).error.stack).toContain(`${file}:3`);
  },
);

test("a definition may have fields of its author", async () => {
  const module = `export default { type: "test", steps: ["a"], models: 2, interval_ms: 5, interval: 7,
    helper() { return this.steps[0]; }, step() { return { result: this.helper(), done: true }; } };`;
  await using actor = await startActor({ module });
  expect((await actor.next("step")).result).toBe("a");
});

test("a type that is not built in is unknown", async () => {
  await using actor = await startActor({ spec: { agentType: "poet" } });
  expect(await actor.next("failed")).toMatchObject({
    phase: "load",
    error: { code: "AGENT_TYPE_UNKNOWN" },
  });
});

test("a config that the schema refuses fails the start with the reason", async () => {
  const module = `export default { type: "test", config(input) { if (!input.n) throw new Error("n is missing"); return { n: input.n * 2 }; }, step: (ctx) => ({ result: ctx.config }) };`;
  await using good = await startActor({ module, spec: { config: { n: 2 } } });
  expect((await good.next("step")).result).toBe('{"n":4}');
  await using bad = await startActor({ module });
  expect(await bad.next("failed")).toMatchObject({
    phase: "config",
    error: { code: "AGENT_CONFIG_INVALID", message: "config of agent type test: n is missing" },
  });
});

test("a setup that throws fails the start", async () => {
  const module = `export default { type: "test", async setup() { throw new Error("no database"); }, step() {} };`;
  await using actor = await startActor({ module, spec: { guidance: [guidanceOf({})] } });
  expect(await actor.next("failed")).toMatchObject({
    phase: "setup",
    error: { code: "AGENT_START_FAILED", message: "no database" },
  });
});
