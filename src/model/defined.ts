/** `entries` without those that are undefined: for optional properties, which may be absent but not undefined. */

type Defined<T> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

export function defined<T extends object>(entries: T): Defined<T> {
  const isGiven = ([, value]: readonly [string, unknown]) => value !== undefined;
  return Object.fromEntries(Object.entries(entries).filter(isGiven)) as Defined<T>;
}
