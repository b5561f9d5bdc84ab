/** What must not compile in a project of a user's own. */

import { connect, defineAgent, type ErrorCode } from "troupe";

class Counter {
  n = 0;
  add() {
    this.n += 1;
  }
}

const type = "refused";
const step = () => ({ result: 1 });

// @ts-expect-error a Map in the context
export const map = defineAgent({ type, initialContext: { a: new Map() }, step });

// @ts-expect-error a Date in the context
export const date = defineAgent({ type, initialContext: new Date(), step });

export const change = defineAgent({
  type,
  // @ts-expect-error a Date in a context that a step returns
  step: () => ({ result: 1, context: { at: new Date() } }),
});

// @ts-expect-error an instance of a class as the result
export const instance = defineAgent({ type, step: () => ({ result: new Counter() }) });

export const promise = defineAgent({
  type,
  // @ts-expect-error a model call without an await
  step: (ctx) => ({ result: ctx.llm.Ask({ prompt: "" }) }),
});

export const argument = defineAgent({
  type,
  // @ts-expect-error an argument that the function does not have
  step: async (ctx) => ({ result: await ctx.llm.Ask({ text: "" }) }),
});

// @ts-expect-error a step without a result
export const nothing = defineAgent({ type, step: () => {} });

// @ts-expect-error a word that is not an error's code
export const code: ErrorCode = "NO_SUCH_CODE";

// @ts-expect-error no such event
export const events = connect("http://127.0.0.1:7878").events({ types: ["agent.nonsense"] });
