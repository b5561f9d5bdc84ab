/** Splits BAML source into tokens, without comments. Pure. */

export interface Token {
  readonly kind: "word" | "text" | "sign";
  /** Of a text, what is between its quotation marks. */
  readonly text: string;
  /** Offsets in the source. */
  readonly start: number;
  readonly end: number;
}

/** White space, a comment to the end of its line, what opens a longer token, a word, or any other character. */
const tokenPattern =
  /\s+|\/\/[^\n]*|(?<opening>\{\/\/|#+"|")|(?<word>\w[\w.-]*)|(?<sign>#+|[\s\S])/y;

/**
 * Takes time in proportion to the source, whatever is in it: it runs on the main thread, and a file that is
 * no BAML may be in the folder.
 */
export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Openings without an end: later ones have none either, so they are not looked for again. */
  const endless = new Set<string>();
  for (let start = 0; start < source.length; ) {
    tokenPattern.lastIndex = start;
    const [whole = "", opening, word, sign] = tokenPattern.exec(source) ?? [];
    const token = readToken(source, start, { whole, opening, word, sign, endless });
    if (token.kind !== "space") tokens.push(token);
    start = token.end;
  }
  return tokens;
}

interface Match {
  readonly whole: string;
  readonly opening: string | undefined;
  readonly word: string | undefined;
  readonly sign: string | undefined;
  readonly endless: Set<string>;
}

type Read = Token | { readonly kind: "space"; readonly end: number };

function readToken(source: string, start: number, match: Match): Read {
  const { whole, opening, word, sign, endless } = match;
  const end = start + whole.length;
  if (word !== undefined) return { kind: "word", text: word, start, end };
  if (sign !== undefined) return { kind: "sign", text: sign, start, end };
  if (opening === undefined) return { kind: "space", end };
  const closing = opening === "{//" ? "//}" : `"${opening.slice(0, -1)}`;
  const closed = endless.has(opening) ? -1 : findClosing(source, end, closing);
  if (closed === -1) {
    endless.add(opening);
    const text = opening.startsWith("#") ? opening.slice(0, -1) : opening.slice(0, 1);
    return { kind: "sign", text, start, end: start + text.length };
  }
  const after = closed + closing.length;
  if (opening === "{//") return { kind: "space", end: after };
  const inside = source.slice(end, closed);
  const text = opening === '"' ? unescaped(inside) : inside;
  return { kind: "text", text, start, end: after };
}

/** The place of what closes a comment, a raw text or a text; -1 if nothing does. */
function findClosing(source: string, from: number, closing: string): number {
  let at = source.indexOf(closing, from);
  while (closing === '"' && at !== -1 && isEscaped(source, at, from)) {
    at = source.indexOf(closing, at + 1);
  }
  return at;
}

/** True behind an odd number of backslashes. */
function isEscaped(source: string, at: number, from: number): boolean {
  let first = at;
  while (first > from && source[first - 1] === "\\") first -= 1;
  return (at - first) % 2 === 1;
}

/** The position after the bracket that closes the one at `index`; the end if none does. */
export function afterBlock(tokens: readonly Token[], index: number): number {
  let depth = 0;
  for (let at = index; at < tokens.length; at += 1) {
    depth += depthChange(tokens[at]);
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

export function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === "sign" && token.text === text;
}

/** By how much a token changes the depth of brackets. */
export function depthChange(token: Token | undefined): -1 | 0 | 1 {
  if (token?.kind !== "sign") return 0;
  if ("{[(".includes(token.text)) return 1;
  return "}])".includes(token.text) ? -1 : 0;
}

function unescaped(text: string): string {
  return text.replace(/\\(["\\])/g, "$1");
}
