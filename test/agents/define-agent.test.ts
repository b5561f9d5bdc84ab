/** defineAgent: no work at run time, good types at writing time. */

import { expect, expectTypeOf, test } from "vitest";
import {
  type AgentContext,
  defineAgent,
  type GuidanceContent,
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

test("the guidance's type is inferred from its schema, and is any object without one", () => {
  const schema = {} as StandardSchema<{ readonly count: number }>;
  defineAgent({
    type: "test",
    guidance: schema,
    onInterrupt(ctx, guidance) {
      expectTypeOf(guidance).toEqualTypeOf<{ readonly count: number }>();
      expectTypeOf(ctx.guidance).toEqualTypeOf<readonly { readonly count: number }[]>();
    },
    step: (ctx) => ({ result: ctx.guidance.map(({ count }) => count) }),
  });
  defineAgent({
    type: "test",
    guidance: ({ text }) => String(text),
    config: ({ n }) => ({ n: Number(n) }),
    initialContext: { said: "" },
    onInterrupt(ctx, guidance) {
      expectTypeOf(guidance).toEqualTypeOf<string>();
      expectTypeOf(ctx.config).toEqualTypeOf<{ n: number }>();
      ctx.context = { said: guidance };
    },
    step: () => ({ result: "" }),
  });
  defineAgent({
    type: "test",
    onInterrupt(_ctx, guidance) {
      expectTypeOf(guidance).toEqualTypeOf<GuidanceContent>();
    },
    step: (ctx) => ({ result: ctx.guidance.length }),
  });
  // As it compiled before there were schemas of guidance.
  defineAgent({
    type: "test",
    onInterrupt(_ctx: AgentContext, guidance: { readonly subject?: string }) {
      expectTypeOf(guidance.subject).toEqualTypeOf<string | undefined>();
    },
    step: (_ctx: AgentContext) => ({ result: "" }),
  });
  defineAgent<unknown, { n: number }>({
    type: "test",
    guidance: schema,
    step: (ctx) => ({ result: ctx.guidance.length, context: { n: 1 } }),
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

test("a context and a result of JSON data compile, whatever their types are made of", () => {
  interface Part {
    readonly text: string;
    readonly parts?: readonly Part[];
  }
  const whole: Part = { text: "x", parts: [{ text: "y" }] };
  const unknownData: unknown = 1;
  defineAgent({ type: "test", initialContext: whole, step: () => ({ result: whole }) });
  defineAgent({ type: "test", step: () => ({ result: unknownData }) });
  defineAgent({
    type: "test",
    initialContext: { list: [] as Part[], last: undefined as string | undefined },
    step(ctx) {
      if (ctx.context.list.length > 1) return { result: "x" };
      return { result: null, context: { list: [whole], last: "x" }, done: true };
    },
  });
  defineAgent<unknown, Part>({ type: "test", step: ({ context }) => ({ result: context }) });
});

test("a context or a result that JSON text does not hold does not compile", () => {
  class Counter {
    n = 0;
    add() {
      this.n += 1;
    }
  }
  const type = "test";
  // @ts-expect-error a Map
  defineAgent({ type, initialContext: { seen: new Map() }, step: () => ({ result: "" }) });
  // @ts-expect-error a Map, although the types are given
  defineAgent<unknown, { seen: Map<string, 1> }>({ type, step: () => ({ result: "" }) });
  // @ts-expect-error a Date
  defineAgent({ type, step: () => ({ result: "", context: { at: new Date() } }) });
  // @ts-expect-error a Date
  defineAgent({ type, step: () => ({ result: { at: new Date() } }) });
  // @ts-expect-error an instance of a class
  defineAgent({ type, step: () => ({ result: new Counter() }) });
  // @ts-expect-error an instance of a class
  defineAgent({ type, initialContext: new Counter(), step: () => ({ result: "" }) });
  // @ts-expect-error a promise
  defineAgent({ type, step: (ctx) => ({ result: ctx.llm.Ask({ prompt: "" }) }) });
  // @ts-expect-error a promise, although the types are given
  defineAgent<unknown, unknown>({ type, step: () => ({ result: Promise.resolve("") }) });
  defineAgent({
    type,
    // @ts-expect-error a promise
    step: (ctx) => ({ result: "", context: { answer: ctx.llm.Ask({ prompt: "" }) } }),
  });
  // @ts-expect-error a function
  defineAgent({ type, step: () => ({ result: () => 1 }) });
});

test("the BAML functions are typed", () => {
  expectTypeOf<AgentContext["llm"]["TellJoke"]>()
    .parameter(0)
    .toExtend<{ readonly subject: string }>();
});

test("functions for programs outside refuse with a clear error", () => {
  expect(() => openQueue()).toThrow(/inside an agent/);
});
