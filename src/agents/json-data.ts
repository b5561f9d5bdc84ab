/** What JSON text can hold, as types: `context` and `result` come back from text. Types only. */

/** A value that is the same after `JSON.parse(JSON.stringify(value))`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/** No value has this type. It marks the place in an error of the compiler. */
export interface NotJsonData {
  readonly "JSON text does not hold this value": never;
}

/** A `Map`, a `Date`, a promise, a typed array and the like: objects with state that JSON text leaves out. */
type Opaque = { readonly [Symbol.toStringTag]: unknown } | { readonly toJSON: unknown };

/**
 * `T`, with {@link NotJsonData} in each place that JSON text loses. An instance of a class is found by
 * its methods; `any` and `unknown` are left to the check when the step ends.
 */
export type JsonOf<T> = 0 extends 1 & T
  ? T
  : unknown extends T
    ? T
    : // Also ends the recursion for Json itself.
      T extends Json | undefined
      ? T
      : T extends bigint | symbol | ((...args: never) => unknown) | Opaque
        ? NotJsonData
        : { [K in keyof T]: JsonOf<T[K]> };

/** A result whose type is not inferred: the outermost value alone is checked. */
export type OuterJson =
  | string
  | number
  | boolean
  | null
  | undefined
  | (object & { readonly [Symbol.toStringTag]?: never; readonly toJSON?: never });

export type IsJson<T> = [T] extends [JsonOf<T>] ? true : false;
