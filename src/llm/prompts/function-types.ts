/**
 * The types of BAML functions, from what BAML's generator of TypeScript writes: arguments by name instead
 * of by position, in one file of declarations without code. Pure.
 */

/** The files of the generated client that have types. */
export interface GeneratedClient {
  /** `async_client.ts` */
  readonly client: string;
  /** `types.ts` */
  readonly types: string;
  /** `partial_types.ts` */
  readonly partialTypes: string;
}

export interface FunctionType {
  readonly name: string;
  readonly parameters: string;
  readonly partial: string;
  readonly result: string;
}

/** `async Name(`, parameters, the options that each function takes last, `): Promise<result> {`. */
const functionPattern =
  /^ *async (\w+)\(\n([\s\S]*?)\n *__baml_options__\?: [^\n]*\n *\): Promise<(.*)> \{$/gm;

/** @throws {Error} if the generated client has another form. */
export function readFunctions(client: string): readonly FunctionType[] {
  const found = [...client.matchAll(functionPattern)].map(([, name = "", parameters, result]) => ({
    name,
    parameters: parameters?.trim() ?? "",
    partial: partialOf(client, result ?? ""),
    result: result ?? "unknown",
  }));
  const expected = client.match(/^ *async \w+\($/gm)?.length ?? 0;
  if (found.length > 0 && found.length === expected) return found;
  throw new Error(
    `the generated client must have ${expected} functions of the known form, got ${found.length}`,
  );
}

/** @param names the functions to declare; the generated client may have others */
export function renderTypes(generated: GeneratedClient, names: readonly string[]): string {
  const functions = readFunctions(generated.client).filter(({ name }) => names.includes(name));
  const members = functions.map(renderFunction).join("\n");
  return `/* eslint-disable */
import type { LlmMedia } from "troupe";

declare module "troupe" {
  interface LlmFunctions {
${indented(members, 4)}
  }
}

type Image = LlmMedia;
type Audio = LlmMedia;
type Pdf = LlmMedia;
type Video = LlmMedia;

declare namespace types {
${indented(typesOnly(generated.types), 2)}
}

${typesOnly(generated.partialTypes).replace(/^export (interface StreamState|namespace)/gm, "declare $1")}
`;
}

/** A member of an interface of functions. */
export function renderFunction({ name, parameters, partial, result }: FunctionType): string {
  return `readonly ${name}: {
  readonly args: { ${parameters} };
  readonly partial: ${partial};
  readonly result: ${result};
};`;
}

/** What the generated stream client names as the type of an answer that is not whole yet. */
function partialOf(client: string, result: string): string {
  const end = `, ${result}>`;
  const line = client
    .split("\n")
    .map((text) => text.trim())
    .find((text) => text.startsWith("): BamlStream<") && text.endsWith(end));
  return line?.slice("): BamlStream<".length, -end.length) ?? "unknown";
}

/** Without imports and functions. Enums are unions of their names, which is what an answer holds. */
function typesOnly(source: string): string {
  const [, afterImports = ""] = /(?:^import [^\n]*\n)+([\s\S]*)$/m.exec(source) ?? [];
  return afterImports
    .replace(/^export function [\s\S]*?^\}\n?/gm, "")
    .replace(/^export enum (\w+) \{\n([\s\S]*?)^\}/gm, (_, name: string, body: string) => {
      const values = [...body.matchAll(/= ("[^"]*")/g)].map(([, value]) => value);
      return `export type ${name} = ${values.join(" | ") || "never"};`;
    })
    .replace(RECURSIVE_ALIAS, "$1export type $2 = unknown;")
    .trim();
}

/** An alias that names itself: the generator makes a wrong type of it. */
const RECURSIVE_ALIAS = /^( *)export interface (\w+) \{\s*\[key: string\]: (?!any;)[^\n]*\s*\}/gm;

function indented(text: string, spaces: number): string {
  return text.replace(/^(?=.)/gm, " ".repeat(spaces));
}
