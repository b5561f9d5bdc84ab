/** The parts that schemas of rows, responses and events share. */

import Type, { type Static, type TSchema } from "typebox";
import { TIME_MS_MAX } from "./limits.ts";

export const Text = Type.String();
export const Flag = Type.Boolean();
export const Count = Type.Integer({ minimum: 0 });
/** Milliseconds since the epoch, as far as a `Date` goes. */
export const Time = Type.Integer({ minimum: -TIME_MS_MAX, maximum: TIME_MS_MAX });
export const JsonObject = Type.Record(Type.String(), Type.Unknown());

export function orNull<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

export function countsOf<N extends string>(names: readonly N[]) {
  return Type.Object(
    Object.fromEntries(names.map((name) => [name, Count])) as Record<N, typeof Count>,
  );
}

/** The type of the schema's values, readonly at every depth. */
export type StaticOf<S extends TSchema> = Frozen<Static<S>>;

type Frozen<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: Frozen<T[K]> }
      : T;
