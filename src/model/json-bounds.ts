/**
 * The bounds of JSON from outside, the same for REST, library, CLI, foreign rows and agents' reports.
 * A value that passes can be stored, sent to a thread and read by strict readers of JSON.
 * Pure; loaded by every agent's thread.
 *
 * Rejected: separate checks in each stage, which would differ.
 */

import { cutText } from "./cut-text.ts";

/**
 * Deepest nesting of objects and arrays. Strict readers, such as serde_json, stop at 128, and a response
 * adds a few levels around a value; a message to a thread fails at some thousands.
 */
export const JSON_DEPTH_MAX = 100;

/** Parts of a path that a message names, and characters of each. */
const PATH_PARTS_SHOWN = 8;
const PATH_PART_CHARS_MAX = 40;

export interface JsonBounds {
  /** Characters of JSON text beyond which the value is refused; left out: any number. */
  readonly charsMax?: number;
  /** In place of {@link JSON_DEPTH_MAX}. */
  readonly depthMax?: number;
  /** True if halves of surrogate pairs pass, for a caller that replaces them itself. */
  readonly mayHaveHalves?: boolean;
}

/** Characters left: JSON text is at least as long as the strings and keys in it. */
interface Room {
  chars: number;
  readonly mayHaveHalves: boolean;
}

/**
 * Why the value is not valid JSON data, in one sentence; undefined if it is. Undefined properties are
 * allowed, because JSON leaves them out; an object with `toJSON` is checked as the result of that.
 * Reads no more of the value than the bounds allow, even if it is cyclic.
 *
 * @param name the name of the whole value in the message
 */
export function findJsonFault(
  value: unknown,
  name: string,
  bounds: JsonBounds = {},
): string | undefined {
  const { charsMax = Number.POSITIVE_INFINITY, depthMax = JSON_DEPTH_MAX } = bounds;
  const { mayHaveHalves = false } = bounds;
  if (isBounded(value, depthMax, { chars: charsMax, mayHaveHalves })) return undefined;
  const fault = new FaultFinder(charsMax, depthMax, mayHaveHalves).find(value, [name]);
  return fault ?? `${name} must be JSON data`;
}

/** The text of JSON data, with U+FFFD in place of half a surrogate pair. Throws as `JSON.stringify`. */
export function jsonText(value: unknown): string {
  return wellFormedJson(JSON.stringify(value));
}

/** `JSON.stringify` escapes a surrogate only if its other half is missing. */
const HALF_PAIR = /\\ud[89a-f]/;

/** JSON text as `JSON.stringify` makes it, with U+FFFD in place of halves of surrogate pairs. */
export function wellFormedJson(text: string): string {
  if (!HALF_PAIR.test(text)) return text;
  // Escape by escape: after an escaped backslash `ud800` is plain text.
  return text.replace(/\\(?:(ud[89a-f][0-9a-f]{2})|.)/g, (all, half?: string) =>
    half === undefined ? all : "\\ufffd",
  );
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = new Set([91, 123]);
const CLOSING = new Set([93, 125]);

/** True if JSON text nests deeper than {@link JSON_DEPTH_MAX}. Reads the text alone. */
export function isTooDeep(json: string): boolean {
  if (json.length <= 2 * JSON_DEPTH_MAX) return false;
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < json.length; at += 1) {
    const unit = json.charCodeAt(at);
    if (unit === QUOTE) isInText = !isInText;
    else if (isInText) at += unit === BACKSLASH ? 1 : 0;
    else if (OPENING.has(unit)) depth += 1;
    else if (CLOSING.has(unit)) depth -= 1;
    if (depth > JSON_DEPTH_MAX) return true;
  }
  return false;
}

/** Fast, because it checks every value; {@link FaultFinder} reads a refused one again. */
function isBounded(value: unknown, depthLeft: number, room: Room): boolean {
  room.chars -= 1;
  if (room.chars < 0) return false;
  switch (typeof value) {
    case "string":
      room.chars -= value.length;
      return room.chars >= 0 && (room.mayHaveHalves || value.isWellFormed());
    case "number":
      return Number.isFinite(value);
    case "boolean":
      return true;
    case "object":
      return value === null || (depthLeft > 0 && areChildrenBounded(value, depthLeft - 1, room));
    default:
      return false;
  }
}

function areChildrenBounded(value: object, depthLeft: number, room: Room): boolean {
  if (Array.isArray(value)) return areItemsBounded(value, depthLeft, room);
  if (!isPlain(value)) return hasToJson(value) && isBounded(value.toJSON(), depthLeft, room);
  return arePropertiesBounded(value as Readonly<Record<string, unknown>>, depthLeft, room);
}

function areItemsBounded(items: readonly unknown[], depthLeft: number, room: Room): boolean {
  for (const item of items) {
    if (!isBounded(item, depthLeft, room)) return false;
  }
  return true;
}

function arePropertiesBounded(
  record: Readonly<Record<string, unknown>>,
  depthLeft: number,
  room: Room,
): boolean {
  for (const key of Object.keys(record)) {
    const child = record[key];
    if (child === undefined) continue;
    room.chars -= key.length;
    if (!(room.mayHaveHalves || key.isWellFormed()) || reachesPrototype(key, child)) return false;
    if (!isBounded(child, depthLeft, room)) return false;
  }
  return true;
}

/** {@link isBounded} again, with the path and the reason of the fault. */
class FaultFinder {
  readonly #charsMax: number;
  readonly #depthMax: number;
  readonly #mayHaveHalves: boolean;
  #charsLeft: number;

  constructor(charsMax: number, depthMax: number, mayHaveHalves: boolean) {
    this.#charsMax = charsMax;
    this.#depthMax = depthMax;
    this.#mayHaveHalves = mayHaveHalves;
    this.#charsLeft = charsMax;
  }

  find(value: unknown, path: readonly string[]): string | undefined {
    const where = describePath(path);
    this.#charsLeft -= 1 + (typeof value === "string" ? value.length : 0);
    if (this.#charsLeft < 0)
      return `${path[0]} must be at most ${this.#charsMax} bytes of JSON, got more`;
    switch (typeof value) {
      case "string":
        return this.#isWhole(value) ? undefined : `${where} must not have half a surrogate pair`;
      case "number":
        return Number.isFinite(value) ? undefined : `${where} must be finite, got ${value}`;
      case "boolean":
        return undefined;
      case "object":
        return value === null ? undefined : this.#findInside(value, path);
      default:
        return `${where} must be JSON data, got ${typeof value}`;
    }
  }

  #findInside(value: object, path: readonly string[]): string | undefined {
    const where = describePath(path);
    if (path.length > this.#depthMax) return `${where} is nested deeper than ${this.#depthMax}`;
    if (!Array.isArray(value) && !isPlain(value)) {
      if (hasToJson(value)) return this.find(value.toJSON(), [...path, "toJSON()"]);
      return `${where} must be JSON data, got ${kindOf(value)}`;
    }
    const children = Array.isArray(value) ? value.entries() : givenEntries(value);
    for (const [key, child] of children) {
      const fault = this.#findAt(String(key), child, path);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #findAt(key: string, child: unknown, path: readonly string[]): string | undefined {
    const where = describePath(path);
    this.#charsLeft -= key.length;
    if (!this.#isWhole(key)) return `${where} must not have half a surrogate pair in a key`;
    if (reachesPrototype(key, child)) return `${where} must not have the key ${key}`;
    return this.find(child, [...path, key]);
  }

  #isWhole(text: string): boolean {
    return this.#mayHaveHalves || text.isWellFormed();
  }
}

function givenEntries(value: object): readonly (readonly [string, unknown])[] {
  return Object.entries(value).filter(([, child]) => child !== undefined);
}

/** Keys with which code that copies key by key would change the prototype of its objects. */
function reachesPrototype(key: string, child: unknown): boolean {
  if (key === "__proto__") return true;
  if (key !== "constructor" || typeof child !== "object" || child === null) return false;
  return Object.hasOwn(child, "prototype");
}

/** True for an object that its own properties describe fully: not a Map, a Date, a buffer or a promise. */
function isPlain(value: object): boolean {
  if (hasToJson(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return kindOf(value) === "Object";
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** `Map`, `Promise`, `Uint8Array` …; `Object` for instances of classes without a `toStringTag`. */
function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** `body.guidance.a`, and `payload of agent_interrupt: guidance.a`; the end of a long path is left out. */
export function describePath(path: readonly string[]): string {
  const shown = path
    .slice(0, PATH_PARTS_SHOWN)
    .map((part) => cutText(part, PATH_PART_CHARS_MAX).toWellFormed());
  const [name = "", ...keys] = shown;
  if (keys.length === 0) return name;
  const end = path.length > PATH_PARTS_SHOWN ? "…" : "";
  return `${name}${name.includes(" ") ? ": " : "."}${keys.join(".")}${end}`;
}
