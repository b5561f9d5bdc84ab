/**
 * Adds the built-in functions' arguments by name to baml_client, last step of its build. The generated
 * client has them by position only, and TypeScript cannot read a parameter's name.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readDeclarations } from "../src/llm/prompts/declarations.ts";
import { parametersOf } from "../src/llm/prompts/function-parameters.ts";
import {
  type FunctionType,
  readFunctions,
  renderFunction,
} from "../src/llm/prompts/function-types.ts";

const generated = new URL("../build/baml_client/async_client.ts", import.meta.url);
const target = new URL("../baml_client/", import.meta.url);

const functions = readFunctions(readFileSync(generated, "utf8"));
writeFileSync(new URL("by-name.d.ts", target), renderTypes(functions));
writeFileSync(new URL("by-name.js", target), renderParameters());

function renderTypes(all: readonly FunctionType[]): string {
  return `import type { Audio, Image, Pdf, Video } from "@boundaryml/baml";
import type { partial_types } from "./partial_types.js";
import type * as types from "./types.js";

/** The BAML functions, their arguments by name. */
export interface BamlFunctions {
${all.map(renderFunction).join("\n")}
}

/** The names of their arguments. */
export declare const functionParameters: Readonly<Record<keyof BamlFunctions, readonly string[]>>;
`;
}

function renderParameters(): string {
  const folder = new URL("./", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".baml"));
  const sources = names.map((name) => [name, readFileSync(new URL(name, folder), "utf8")]);
  const parameters = parametersOf(readDeclarations(Object.fromEntries(sources)));
  return `export const functionParameters = ${JSON.stringify(parameters)};\n`;
}
