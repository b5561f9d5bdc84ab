/**
 * Adds the functions' arguments by name to baml_client, last step of its build. The generated client
 * has them by position only, and TypeScript cannot read a parameter's name.
 */

import { readFileSync, writeFileSync } from "node:fs";

const generated = new URL("../build/baml_client/async_client.ts", import.meta.url);
const target = new URL("../baml_client/", import.meta.url);

/** `async Name(`, parameters, the options that each function takes last, `): Promise<result> {`. */
const functionPattern =
  /^ *async (\w+)\(\n([\s\S]*?)\n *__baml_options__\?: [^\n]*\n *\): Promise<(.*)> \{$/gm;

interface BamlFunction {
  readonly name: string;
  readonly parameters: string;
  readonly partial: string;
  readonly result: string;
}

const functions = readFunctions(readFileSync(generated, "utf8"));
writeFileSync(new URL("by-name.d.ts", target), renderTypes(functions));
writeFileSync(new URL("by-name.js", target), renderNames(functions));

function readFunctions(source: string): readonly BamlFunction[] {
  const found = [...source.matchAll(functionPattern)].map(([, name = "", parameters, result]) => ({
    name,
    parameters: parameters?.trim() ?? "",
    partial: partialOf(source, result ?? ""),
    result: result ?? "unknown",
  }));
  const expected = source.match(/^ *async \w+\($/gm)?.length ?? 0;
  if (found.length > 0 && found.length === expected) return found;
  throw new Error(
    `${generated.pathname} must have ${expected} functions of the known form, got ${found.length}: this baml-cli writes another form`,
  );
}

/** What the generated stream client names as the type of an answer that is not whole yet. */
function partialOf(source: string, result: string): string {
  const end = `, ${result}>`;
  const line = source
    .split("\n")
    .map((text) => text.trim())
    .find((text) => text.startsWith("): BamlStream<") && text.endsWith(end));
  return line?.slice("): BamlStream<".length, -end.length) ?? "unknown";
}

function renderTypes(all: readonly BamlFunction[]): string {
  const members = all.map(
    ({ name, parameters, partial, result }) => `  readonly ${name}: {
    readonly args: { ${parameters} };
    readonly partial: ${partial};
    readonly result: ${result};
  };`,
  );
  return `import type { Audio, Image, Pdf, Video } from "@boundaryml/baml";
import type { partial_types } from "./partial_types.js";
import type * as types from "./types.js";

/** The BAML functions, their arguments by name. */
export interface BamlFunctions {
${members.join("\n")}
}

/** Their names. */
export declare const functionNames: readonly (keyof BamlFunctions)[];
`;
}

function renderNames(all: readonly BamlFunction[]): string {
  return `export const functionNames = ${JSON.stringify(all.map(({ name }) => name))};\n`;
}
