/** Splits BAML source into tokens, without comments. Pure. */

export interface Token {
  readonly kind: "word" | "text" | "sign";
  /** Of a text, what is between its quotation marks. */
  readonly text: string;
  /** Offsets in the source. */
  readonly start: number;
  readonly end: number;
}

/** White space, comments, `#"raw text"#`, `"text"`, a word, or any other character. */
const tokenPattern =
  /\s+|\{\/\/[\s\S]*?\/\/\}|\/\/[^\n]*|(?<hashes>#+)"(?<raw>[\s\S]*?)"\k<hashes>|"(?<text>(?:[^"\\]|\\[\s\S])*)"|(?<word>\w[\w.-]*)|(?<sign>[\s\S])/g;

export function readTokens(source: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of source.matchAll(tokenPattern)) {
    const { raw, text, word, sign } = match.groups ?? {};
    const place = { start: match.index, end: match.index + match[0].length };
    if (word !== undefined) tokens.push({ kind: "word", text: word, ...place });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, ...place });
    else if ((raw ?? text) !== undefined) {
      tokens.push({ kind: "text", text: raw ?? unescaped(text ?? ""), ...place });
    }
  }
  return tokens;
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
