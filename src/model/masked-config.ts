/**
 * A config that was read from a view and is sent back: its masks stand for the stored values at the same
 * place, whether these are secrets or not, because views mask every value of a type that is not known.
 * No mask is ever stored as a value. Pure.
 */

import { cutText } from "./cut-text.ts";
import { isObject } from "./parse-json.ts";
import { type ConfigSchema, MASK, maskConfig } from "./secret-config.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Longest lists whose items are compared with each other. */
const PAIRED_ITEMS_MAX = 256;
/** Longest place in a message, in characters. */
const PLACE_CHARS_MAX = 200;

/**
 * The config with the stored values where it has masks, or why one of them has none.
 * @param schema that of the type of both
 */
export function unmaskConfig(
  config: JsonObject,
  stored: JsonObject,
  schema: ConfigSchema,
): { readonly config: JsonObject } | { readonly problem: string } {
  const unmasked = restore(config, stored) as JsonObject;
  const shown = schema === null ? undefined : findShown(config, unmasked, stored, schema);
  const place = findMask(unmasked, "config") ?? shown;
  return place === undefined ? { config: unmasked } : { problem: noValueAt(place) };
}

/** Why the config cannot be stored: it has a mask. Undefined if it has none. */
export function maskProblem(config: JsonObject): string | undefined {
  const place = findMask(config, "config");
  return place === undefined ? undefined : noValueAt(place);
}

function noValueAt(place: string): string {
  return `${cutText(place, PLACE_CHARS_MAX)} is a mask and has no stored value`;
}

/**
 * The place of a mask whose value views of the new config would show, and those of the stored one do not
 * show there: it has moved out of a list's place that is a secret. Of an unknown type any place may be one.
 */
function findShown(
  config: JsonObject,
  unmasked: JsonObject,
  stored: JsonObject,
  schema: ConfigSchema,
): string | undefined {
  const view = (whole: JsonObject) => maskConfig(whole, schema ?? null);
  type Find = (value: unknown, views: Views, place: string) => string | undefined;
  const find: Find = (value, { now, before }, place) => {
    if (now === MASK) return undefined;
    if (value === MASK) return JSON.stringify(now) === JSON.stringify(before) ? undefined : place;
    for (const [name, inner] of entriesOf(value)) {
      const views = { now: partOf(now, name), before: partOf(before, name) };
      const found = find(inner, views, `${place}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(config, { now: view(unmasked), before: view(stored) }, "config");
}

/** The views of one place in the new config and in the stored one. */
interface Views {
  readonly now: unknown;
  readonly before: unknown;
}

function entriesOf(value: unknown): readonly [string, unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

function partOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as JsonObject)[name]
    : undefined;
}

/** True if the two are equal, except that a mask in the first stands for any stored value. */
export function isSameConfig(value: unknown, stored: unknown): boolean {
  if (value === MASK) return stored !== undefined && stored !== MASK;
  if (Array.isArray(value)) {
    if (!Array.isArray(stored) || value.length !== stored.length) return false;
    return value.every((item, index) => isSameConfig(item, stored[index]));
  }
  if (!isObject(value)) return value === stored;
  if (!isObject(stored)) return false;
  const names = Object.keys(value);
  if (names.length !== Object.keys(stored).length) return false;
  return names.every(
    (name) => Object.hasOwn(stored, name) && isSameConfig(value[name], stored[name]),
  );
}

/** Masks without a stored value stay. */
function restore(value: unknown, stored: unknown): unknown {
  if (value === MASK) return stored === undefined ? value : stored;
  if (Array.isArray(value)) return restoreList(value, Array.isArray(stored) ? stored : []);
  if (!isObject(value)) return value;
  const was = isObject(stored) ? stored : {};
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    restore(inner, Object.hasOwn(was, name) ? was[name] : undefined),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Not by position: after a change of the list another item may be there. An item with a mask is the
 * only stored one that is otherwise equal; a list that is equal as a whole has not changed.
 */
function restoreList(items: readonly unknown[], stored: readonly unknown[]): readonly unknown[] {
  if (isSameConfig(items, stored)) return stored;
  if (Math.max(items.length, stored.length) > PAIRED_ITEMS_MAX) return items;
  return items.map((item) => {
    if (findMask(item, "") === undefined) return item;
    const [found, ...others] = stored.filter((was) => isSameConfig(item, was));
    const isUnique = others.every((other) => isSameConfig(other, found));
    return found !== undefined && isUnique ? found : item;
  });
}

/** The place of the first mask. */
function findMask(value: unknown, place: string): string | undefined {
  if (value === MASK) return place;
  for (const [name, inner] of entriesOf(value)) {
    const found = findMask(inner, `${place}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
