/** Counts from where it is guided to; the schema of its guidance is its own, with a check beyond JSON Schema. */

import { defineAgent } from "troupe";

interface Start {
  readonly count: number;
}

const jsonSchema = {
  type: "object",
  properties: { count: { type: "number" } },
  required: ["count"],
};

const start = Object.assign(
  ({ count }: Readonly<Record<string, unknown>>): Start => {
    if (typeof count !== "number") {
      throw new Error(`count must be a number, got ${JSON.stringify(count)}`);
    }
    if (count < 0) throw new Error(`count must not be negative, got ${count}`);
    return { count };
  },
  { toJSONSchema: () => jsonSchema },
);

export default defineAgent({
  type: "counter",
  initialContext: { count: 0 },
  guidance: start,
  onInterrupt(ctx, { count }) {
    ctx.context = { count };
  },
  step: (ctx) => ({ result: ctx.context.count }),
});
