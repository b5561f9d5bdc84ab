/**
 * Adds the built-in functions' arguments by name to baml_client, last step of its build. The generated
 * client has them by position only, and TypeScript cannot read a parameter's name.
 */

import { readFileSync, writeFileSync } from "node:fs";
import {
  type FunctionType,
  readFunctions,
  renderFunction,
} from "../src/llm/prompts/function-types.ts";

const generated = new URL("../build/baml_client/async_client.ts", import.meta.url);
const target = new URL("../baml_client/", import.meta.url);

const functions = readFunctions(readFileSync(generated, "utf8"));
writeFileSync(new URL("by-name.d.ts", target), renderTypes(functions));
writeFileSync(new URL("by-name.js", target), renderNames(functions));

function renderTypes(all: readonly FunctionType[]): string {
  return `import type { Audio, Image, Pdf, Video } from "@boundaryml/baml";
import type { partial_types } from "./partial_types.js";
import type * as types from "./types.js";

/** The BAML functions, their arguments by name. */
export interface BamlFunctions {
${all.map(renderFunction).join("\n")}
}

/** Their names. */
export declare const functionNames: readonly (keyof BamlFunctions)[];
`;
}

function renderNames(all: readonly FunctionType[]): string {
  return `export const functionNames = ${JSON.stringify(all.map(({ name }) => name))};\n`;
}
