/** How far a running step is, as it says itself: in live figures and in events, never stored. */

import Type from "typebox";
import { Count, orNull, Text, Time } from "./schema-parts.ts";

export const ProgressSchema = Type.Object({
  /** Number of the step. */
  iteration: Count,
  text: Text,
  /** From 0 to 1; null = the step did not say. */
  fraction: orNull(Type.Number({ minimum: 0, maximum: 1 })),
  /** When the step said it, in milliseconds since the epoch. */
  at: Time,
});
