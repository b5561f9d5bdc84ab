/** What a fleet has spent on models, as REST and events have it. */

import Type from "typebox";
import { Count, orNull, type StaticOf, Text, Time } from "./schema-parts.ts";

export type Figure = StaticOf<typeof FigureSchema>;
export const FigureSchema = Type.Object({
  input_tokens: Count,
  output_tokens: Count,
  /** US dollars at the prices that models.json has now; null if none of the models has one. */
  cost_usd: orNull(Type.Number({ minimum: 0 })),
  /** Tokens of models without a price, which are not in `cost_usd`. */
  unpriced_tokens: Count,
});

/** One figure for each period: this hour and this day, in UTC, and ever. */
export type Spans = StaticOf<typeof SpansSchema>;
const SpansSchema = Type.Object({
  hour: FigureSchema,
  day: FigureSchema,
  ever: FigureSchema,
});

/** What the events of the fleet's figures have. */
export const UsageCountsSchema = Type.Object({
  ...SpansSchema.properties,
  /** The agent that has spent most today; null if none has spent anything. */
  top: orNull(Type.Object({ agent_id: Text, day: FigureSchema })),
});
export type UsageCounts = StaticOf<typeof UsageCountsSchema>;

export type UsageItem = StaticOf<typeof UsageItemSchema>;
const UsageItemSchema = Type.Object({
  /** Of the agent, the type or the model; null for a model whose name is not known. */
  name: orNull(Text),
  ...SpansSchema.properties,
});

export type UsageView = StaticOf<typeof UsageViewSchema>;
export const UsageViewSchema = Type.Object(
  {
    /** When this hour and this day began, in milliseconds since the epoch. */
    hour_start: Time,
    day_start: Time,
    total: SpansSchema,
    /** Each list has those that have spent most first. */
    types: Type.Array(UsageItemSchema),
    models: Type.Array(UsageItemSchema),
    agents: Type.Array(UsageItemSchema),
    /** The agents that the limit leaves out: how many, and their sum. */
    others: Type.Object({ agents: Count, ...SpansSchema.properties }),
  },
  { $id: "Usage" },
);
