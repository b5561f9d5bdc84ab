/**
 * Finds what JSON text says and its parsed value no longer has: the first of two members of one name, and
 * digits of a whole number beyond what a double holds, such as an id. `JSON.parse` drops both silently.
 * No message has a value: it may be a secret of a config. Pure.
 */

import { cutText } from "./cut-text.ts";
import { describePath } from "./json-bounds.ts";

/** Shorter ones are exact. */
const LONG_NUMBER = /\d{16}/;
const NUMBER = /-?\d[\d.eE+-]*/y;
const WHOLE_NUMBER = /^-?\d+$/;
const SPACE = /\s*/y;
/** Characters of a name in a message. */
const SHOWN_CHARS_MAX = 60;

/**
 * The first loss in one sentence; undefined if there is none.
 * @param value what `text` parses to; not nested deeper than a stack allows
 * @param name the name of the whole value in the message
 */
export function findTextLoss(text: string, value: unknown, name: string): string | undefined {
  const hasAllNames = countNamesIn(text) === countNames(value);
  return hasAllNames && !LONG_NUMBER.test(text) ? undefined : new TextScan(text, name).find();
}

/** An object or array that is open at the current place. */
interface Open {
  /** The names so far; undefined in an array. */
  readonly names: Set<string> | undefined;
  /** The last name, or how many items are before the current one. */
  place: string | number;
}

class TextScan {
  readonly #text: string;
  readonly #name: string;
  readonly #open: Open[] = [];

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  find(): string | undefined {
    for (let at = 0; at < this.#text.length; at += 1) {
      const read = this.#readAt(at);
      if (typeof read === "string") return read;
      at = read;
    }
    return undefined;
  }

  /** The loss, or the place of the last character that was read. */
  #readAt(at: number): string | number {
    const character = this.#text.charAt(at);
    if (character === '"') return this.#readText(at);
    if (character === "-" || /\d/.test(character)) return this.#readNumber(at);
    if (character === "{") this.#open.push({ names: new Set(), place: "" });
    else if (character === "[") this.#open.push({ names: undefined, place: 0 });
    else if (character === "}" || character === "]") this.#open.pop();
    else if (character === ",") this.#nextItem();
    return at;
  }

  #readText(at: number): string | number {
    const end = endOfText(this.#text, at);
    const object = this.#open.at(-1);
    if (object?.names === undefined || !isName(this.#text, end)) return end;
    const name = JSON.parse(this.#text.slice(at, end + 1)) as string;
    if (object.names.has(name)) {
      const shown = JSON.stringify(cutText(name, SHOWN_CHARS_MAX));
      return `${this.#where(this.#open.slice(0, -1))} must have the name ${shown} only once`;
    }
    object.names.add(name);
    object.place = name;
    return end;
  }

  #readNumber(at: number): string | number {
    NUMBER.lastIndex = at;
    const [source = ""] = NUMBER.exec(this.#text) ?? [];
    if (!isExact(source)) {
      const digits = source.replace("-", "").length;
      return `${this.#where(this.#open)} must be a number that a double holds, or text, got one of ${digits} digits, which would be rounded`;
    }
    return at + source.length - 1;
  }

  #nextItem(): void {
    const last = this.#open.at(-1);
    if (typeof last?.place === "number") last.place += 1;
  }

  #where(open: readonly Open[]): string {
    return describePath([this.#name, ...open.map(({ place }) => String(place))]);
  }
}

/** Also true of one whose digits JavaScript itself writes, such as 10^23: what is stored is the same number. */
function isExact(source: string): boolean {
  if (source.length < 16 || !WHOLE_NUMBER.test(source)) return true;
  const value = Number(source);
  if (!Number.isFinite(value)) return true;
  return digitsOf(value.toExponential()) === digitsOf(source) || BigInt(source) === BigInt(value);
}

/** Without the zeros at the end. */
function digitsOf(number: string): string {
  return number.replace(/e.*$/, "").replaceAll(/\D/g, "").replace(/0+$/, "");
}

/** The place of the closing quote. */
function endOfText(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1);
  while (end >= 0 && isEscaped(text, end));
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let first = quote;
  while (text.charAt(first - 1) === "\\") first -= 1;
  return (quote - first) % 2 === 1;
}

function isName(text: string, end: number): boolean {
  SPACE.lastIndex = end + 1;
  SPACE.test(text);
  return text.charAt(SPACE.lastIndex) === ":";
}

/** Fast, because it reads every text; {@link TextScan} reads the one that lacks something again. */
function countNamesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    at = endOfText(text, at);
    if (isName(text, at)) count += 1;
  }
  return count;
}

function countNames(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const child of Object.values(value)) count += countNames(child);
  return count;
}
