/**
 * Texts of a provider without what they quote of keys, and of a call's arguments: an error is stored, and what was
 * asked is not, unless `TROUPE_KEEP_PROMPTS` is on. Pure.
 */

interface Least {
  /** Characters of a piece that counts. */
  readonly piece: number;
  /** The same for the whole. */
  readonly whole: number;
}

/** Less can be a word that the provider has from elsewhere. */
const ofArgument: Least = { piece: 16, whole: 6 };
/** Providers show the start or the end of a key, and gateways wrap their lines. */
const ofKey: Least = { piece: 8, whole: 1 };

/** @param text on one line, without runs of spaces; each of its characters costs a search in the arguments */
export function withoutQuotes(text: string, args: unknown): string {
  const asked = textsIn(args).map((one) => one.replace(/\s+/g, " ").trim());
  return masked(text, "[prompt]", (at) =>
    Math.max(0, ...asked.map((one) => quotedLength(text, at, one, ofArgument))),
  );
}

/** Keys whole and in pieces. @param text as above */
export function withoutKeys(text: string, keys: readonly string[]): string {
  return masked(text, "[key]", (at) =>
    Math.max(0, ...keys.map((key) => quotedLength(text, at, key, ofKey))),
  );
}

/** @param lengthAt how many characters from there on are not to be shown */
function masked(text: string, mask: string, lengthAt: (at: number) => number): string {
  let shown = "";
  for (let at = 0; at < text.length; ) {
    const length = lengthAt(at);
    shown += length === 0 ? text[at] : mask;
    at += Math.max(1, length);
  }
  return shown;
}

/** How many characters from there on are the other text, or a piece of it. */
function quotedLength(text: string, at: number, asked: string, least: Least): number {
  if (asked.length >= least.whole && text.startsWith(asked, at)) return asked.length;
  let length = least.piece;
  if (at + length > text.length || !asked.includes(text.slice(at, at + length))) return 0;
  while (at + length < text.length && asked.includes(text.slice(at, at + length + 1))) length += 1;
  return length;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
