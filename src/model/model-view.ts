/** A model as clients see it: who answers, and how its calls fare. */

import Type from "typebox";
import { Count, orNull, type StaticOf, Text, Time } from "./schema-parts.ts";

/** `limited`: the provider has refused calls and named a time; `down`: it does not answer. Calls wait. */
const modelStates = ["ok", "limited", "down"] as const;

export type ModelView = StaticOf<typeof ModelViewSchema>;
export const ModelViewSchema = Type.Object(
  {
    /** Names in models.json, and of clients in own BAML files; `default` is for calls that name none. */
    names: Type.Array(Text),
    /** Provider, model and host. */
    description: Text,
    state: Type.Enum([...modelStates]),
    /** Since when it has been down, in milliseconds since the epoch, and its last failure. */
    down_since: orNull(Time),
    reason: orNull(Text),
    in_flight: Count,
    waiting: Count,
    /** Calls that may be in flight now; follows from how the model answers. */
    in_flight_max: Count,
    /** Requests a minute that are let through, as set, said by the provider, or learned; null = no limit. */
    requests_per_minute: orNull(Type.Number({ minimum: 0 })),
    /** Milliseconds that calls have waited, and calls that were answered 429, since the process started. */
    waited_ms_total: Count,
    rate_limited_total: Count,
  },
  { $id: "Model" },
);
