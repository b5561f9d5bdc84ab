/**
 * Texts of a provider without what they quote of a call's arguments: an error is stored, and what was asked is
 * not, unless `TROUPE_KEEP_PROMPTS` is on. Pure.
 */

/** A shorter piece of an argument can be a word that the provider has from elsewhere. */
const QUOTE_CHARS_MIN = 16;
/** The same for a whole argument. */
const WHOLE_CHARS_MIN = 6;
const MASK = "[prompt]";

/** @param text on one line, without runs of spaces; each of its characters costs a search in the arguments */
export function withoutQuotes(text: string, args: unknown): string {
  const asked = textsIn(args).map((one) => one.replace(/\s+/g, " ").trim());
  let shown = "";
  for (let at = 0; at < text.length; ) {
    const length = asked.reduce((most, one) => Math.max(most, quotedLength(text, at, one)), 0);
    shown += length === 0 ? text[at] : MASK;
    at += Math.max(1, length);
  }
  return shown;
}

/** How many characters from there on are a piece of the argument. */
function quotedLength(text: string, at: number, asked: string): number {
  if (asked.length >= WHOLE_CHARS_MIN && text.startsWith(asked, at)) return asked.length;
  let length = QUOTE_CHARS_MIN;
  if (at + length > text.length || !asked.includes(text.slice(at, at + length))) return 0;
  while (at + length < text.length && asked.includes(text.slice(at, at + length + 1))) length += 1;
  return length;
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
