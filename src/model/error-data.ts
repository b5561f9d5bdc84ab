/** An error as data, in a row or between threads. */

import Type from "typebox";

export type ErrorData = Type.Static<typeof ErrorData>;
export const ErrorData = Type.Object({
  /** One of the registry's codes, or the text of a code that a newer Troupe wrote. */
  code: Type.String({ maxLength: 100 }),
  message: Type.String({ maxLength: 4_000 }),
  stack: Type.Optional(Type.String({ maxLength: 16_000 })),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** When it happened, in milliseconds since the epoch. */
  at: Type.Optional(Type.Number()),
});
