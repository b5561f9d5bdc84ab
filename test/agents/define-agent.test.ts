/** defineAgent: no work at run time, good types at writing time. */

import { expect, expectTypeOf, test } from "vitest";
import {
  type AgentContext,
  defineAgent,
  openQueue,
  type StandardSchema,
} from "../../src/agents/define-agent.ts";

test("defineAgent returns its argument", () => {
  const agent = { type: "test", step: () => ({ result: "" }) };
  expect(defineAgent(agent)).toBe(agent);
});

test("the config's type is inferred from its schema", () => {
  const schema = {} as StandardSchema<{ readonly city: string }>;
  defineAgent({
    type: "test",
    config: schema,
    step(ctx) {
      expectTypeOf(ctx.config).toEqualTypeOf<{ readonly city: string }>();
      return { result: ctx.config.city };
    },
  });
});

test("the config's type is inferred from a function", () => {
  defineAgent({
    type: "test",
    config: ({ n }) => ({ n: Number(n) }),
    step(ctx) {
      expectTypeOf(ctx.config).toEqualTypeOf<{ n: number }>();
      return { result: ctx.config.n };
    },
  });
});

test("the context's type is inferred from the initial context, and a step's result must fit", () => {
  defineAgent({
    type: "test",
    initialContext: { count: 0 },
    setup(ctx) {
      expectTypeOf(ctx.context).toEqualTypeOf<{ count: number }>();
    },
    step: (ctx) => ({ result: "", context: { count: ctx.context.count + 1 } }),
  });
  defineAgent({
    type: "test",
    initialContext: { count: 0 },
    step: () => ({
      result: "",
      // @ts-expect-error a context of another type
      context: { count: "one" },
    }),
  });
});

test("the BAML functions are typed", () => {
  expectTypeOf<AgentContext["llm"]["TellJoke"]>()
    .parameter(0)
    .toExtend<{ readonly subject: string }>();
});

test("functions for programs outside refuse with a clear error", () => {
  expect(() => openQueue()).toThrow(/inside an agent/);
});
