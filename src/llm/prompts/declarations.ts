/**
 * The declarations of BAML files, as far as Troupe must know them: names, places, and the entries of
 * clients and functions. Pure. Not a parser: BAML's compiler decides what is valid.
 */

import { afterBlock, depthChange, isSign, readTokens, type Token } from "./source-tokens.ts";

/** Texts of BAML files by their path, relative to their folder, with slashes. */
export type BamlFiles = Readonly<Record<string, string>>;

const declarationKinds = [
  "function",
  "class",
  "enum",
  "type",
  "client",
  "retry_policy",
  "template_string",
  "test",
  "generator",
] as const;

type DeclarationKind = (typeof declarationKinds)[number];

export interface Declaration {
  readonly kind: DeclarationKind;
  readonly name: string;
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** The whole declaration, in the file. */
  readonly start: number;
  readonly end: number;
  /** Names of a function's parameters. */
  readonly parameters: readonly string[];
  /** The tokens between its braces; empty if it has none. */
  readonly body: readonly Token[];
}

/** `key value` in a block. */
export interface Entry {
  readonly key: Token;
  /** One token, or a whole block with its brackets. */
  readonly value: readonly Token[];
}

export function readDeclarations(files: BamlFiles): readonly Declaration[] {
  return Object.entries(files).flatMap(([file, source]) => [...readFile(file, source)]);
}

/** The entries of a block, without those of blocks in it. */
export function readEntries(tokens: readonly Token[]): readonly Entry[] {
  const entries: Entry[] = [];
  let at = 0;
  while (at < tokens.length) {
    const key = tokens[at];
    const next = tokens[at + 1];
    if (key === undefined || key.kind === "sign" || next === undefined) {
      at += 1;
      continue;
    }
    const end = depthChange(next) === 1 ? afterBlock(tokens, at + 1) : at + 2;
    entries.push({ key, value: tokens.slice(at + 1, end) });
    at = end;
  }
  return entries;
}

/** The line of each offset, from 1; the offsets must grow. */
function lineCounter(source: string): (offset: number) => number {
  let line = 1;
  let next = source.indexOf("\n");
  return (offset) => {
    for (; next !== -1 && next < offset; next = source.indexOf("\n", next + 1)) line += 1;
    return line;
  };
}

function* readFile(file: string, source: string): Generator<Declaration> {
  const tokens = readTokens(source);
  const lineAt = lineCounter(source);
  let at = 0;
  while (at < tokens.length) {
    const first = tokens[at];
    const kind = declarationKinds.find((one) => first?.kind === "word" && first.text === one);
    const nameAt = kind === "client" && isSign(tokens[at + 1], "<") ? at + 4 : at + 1;
    const name = tokens[nameAt];
    if (first === undefined || kind === undefined || name?.kind !== "word") {
      at = depthChange(first) === 1 ? afterBlock(tokens, at) : at + 1;
      continue;
    }
    const { body, end } = hasBody(kind) ? bodyAfter(tokens, nameAt + 1) : NO_BODY(nameAt + 1);
    const line = lineAt(first.start);
    const last = tokens[end - 1] ?? name;
    const parameters = kind === "function" ? parametersAt(tokens, nameAt + 1) : [];
    const place = { file, line, start: first.start, end: last.end };
    yield { kind, name: name.text, ...place, parameters, body };
    at = end;
  }
}

function hasBody(kind: DeclarationKind): boolean {
  return kind !== "type" && kind !== "template_string";
}

/** In the brackets that begin at `from`, the words before a colon that are in no further brackets. */
function parametersAt(tokens: readonly Token[], from: number): readonly string[] {
  if (!isSign(tokens[from], "(")) return [];
  const inside = tokens.slice(from + 1, afterBlock(tokens, from) - 1);
  const names: string[] = [];
  let depth = 0;
  for (const [at, token] of inside.entries()) {
    depth += depthChange(token);
    if (depth === 0 && token.kind === "word" && isSign(inside[at + 1], ":")) names.push(token.text);
  }
  return names;
}

const NO_BODY = (end: number) => ({ body: [] as readonly Token[], end });

/** The first block in braces; blocks in other brackets before it are the parameters. */
function bodyAfter(tokens: readonly Token[], from: number) {
  let at = from;
  while (at < tokens.length && !isSign(tokens[at], "{")) {
    at = depthChange(tokens[at]) === 1 ? afterBlock(tokens, at) : at + 1;
  }
  const end = afterBlock(tokens, at);
  return { body: tokens.slice(at + 1, end - 1), end };
}
