/**
 * Finds what a value loses as JSON text: a `Map` becomes `{}`, a `Date` text, a promise `{}`, and nothing
 * reports it until the text is read again.
 * Pure; loaded by every agent's thread, and called after each step.
 */

import { cutText } from "./cut-text.ts";

/** Levels that are checked: `JSON.stringify` itself takes some thousands. */
const DEPTH_MAX = 1_000;
/** Longest place and longest name of a class in the message, in characters. */
const PLACE_CHARS_MAX = 200;
const NAME_CHARS_MAX = 40;

/**
 * The first loss, such as `context.seen is a Map`; undefined if there is none. Undefined properties are
 * none: JSON text leaves them out.
 * @param value one that `JSON.stringify` has taken, so it has no circle
 * @param name the name of the whole value in the message
 */
export function findJsonLoss(value: unknown, name: string): string | undefined {
  if (isKept(value, DEPTH_MAX)) return undefined;
  const { place, loss } = locate(value, "", DEPTH_MAX) ?? { place: "", loss: "is not JSON data" };
  return `${name}${cutText(place, PLACE_CHARS_MAX).toWellFormed()} ${loss}`;
}

/** Fast, because it checks every value; {@link locate} reads a refused one again. */
function isKept(value: unknown, depthLeft: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || depthLeft === 0 || areChildrenKept(value, depthLeft - 1);
    default:
      return false;
  }
}

function areChildrenKept(value: object, depthLeft: number): boolean {
  if (Array.isArray(value)) {
    for (const item of value) if (!isKept(item, depthLeft)) return false;
    return true;
  }
  if (!isPlainObject(value)) return false;
  for (const key of Object.keys(value)) {
    const child: unknown = (value as Readonly<Record<string, unknown>>)[key];
    if (child !== undefined && !isKept(child, depthLeft)) return false;
  }
  return true;
}

interface Loss {
  readonly place: string;
  readonly loss: string;
}

function locate(value: unknown, place: string, depthLeft: number): Loss | undefined {
  if (isKept(value, depthLeft)) return undefined;
  if (Array.isArray(value)) {
    const index = value.findIndex((item) => !isKept(item, depthLeft - 1));
    return locate(value[index], `${place}[${index}]`, depthLeft - 1);
  }
  if (typeof value !== "object" || value === null || !isPlainObject(value)) {
    return { place, loss: `is ${describeKind(value)}` };
  }
  const entries = Object.entries(value);
  const [key, child] =
    entries.find(([, item]) => item !== undefined && !isKept(item, depthLeft - 1)) ?? [];
  return key === undefined ? undefined : locate(child, `${place}.${key}`, depthLeft - 1);
}

/** True for an object literal, also one from another realm, and for one without a prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isRoot(prototype);
}

function isRoot(prototype: unknown): boolean {
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf")
  );
}

/** `a Map`, `an Invoice`, `a function`, `NaN`, `undefined`. */
function describeKind(value: unknown): string {
  if (value === undefined || typeof value === "number") return String(value);
  if (value instanceof Promise) return "a Promise that was not awaited";
  const kind = typeof value === "object" && value !== null ? className(value) : typeof value;
  return `${/^[aeio]/i.test(kind) ? "an" : "a"} ${kind}`;
}

function className(value: object): string {
  try {
    const { name } = (value as { readonly constructor: { readonly name: unknown } }).constructor;
    if (typeof name === "string" && name !== "") return cutText(name, NAME_CHARS_MAX);
  } catch {
    // Its constructor was changed by the agent's code.
  }
  return Object.prototype.toString.call(value).slice(8, -1);
}
