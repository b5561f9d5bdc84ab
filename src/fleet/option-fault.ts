/** What is wrong with an object of options, for all that take one: programs without types pass anything. */

import { excerpt } from "../model/ids.ts";
import { isPlainObject } from "../model/json-loss.ts";

export interface OptionFault {
  /** `known`: an option has a name that is not one of them. */
  readonly kind: "object" | "known";
  /** The end of a sentence that begins with what takes the options. */
  readonly text: string;
}

/**
 * Options are read by their names from an object's own properties: those of a `Map`, and getters of a class,
 * would be passed over.
 * @param show the value for the message
 */
export function findOptionFault(
  given: object,
  known: readonly string[],
  show: (given: unknown) => string = excerpt,
): OptionFault | undefined {
  const names = known.join(", ") || "no options";
  if (typeof given !== "object" || given === null || !isPlainObject(given)) {
    return { kind: "object", text: `takes an object with ${names}, got ${show(given)}` };
  }
  const isOther = ([name, value]: [string, unknown]) =>
    value !== undefined && !known.includes(name);
  const other = Object.entries(given).find(isOther);
  if (other === undefined) return undefined;
  return { kind: "known", text: `has no option ${excerpt(other[0])}; known are ${names}` };
}
