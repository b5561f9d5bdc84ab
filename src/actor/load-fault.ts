/**
 * Why a user's module cannot be loaded, for its author: the place of the fault, and a hint for the most
 * common ones. Invariant: nothing here runs the module.
 */

import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The error with the place of a syntax error in a JavaScript module, from Node's TypeScript parser.
 * @param urls the files that may have the fault, the likeliest first
 */
export function locate(cause: unknown, urls: readonly string[]): unknown {
  if (!(cause instanceof SyntaxError) || pictureOf(cause) !== undefined) return cause;
  for (const url of urls) {
    const located = findFault(url);
    if (located !== undefined) return located;
  }
  return cause;
}

function findFault(url: string): unknown {
  if (!url.startsWith("file:")) return undefined;
  let source: string;
  try {
    source = readFileSync(fileURLToPath(url), "utf8");
  } catch {
    return undefined;
  }
  try {
    stripTypeScriptTypes(source, { sourceUrl: url });
    return undefined;
  } catch (located) {
    return located;
  }
}

/** File, line and the lines around the fault, as Node puts them before the error; undefined without. */
export function pictureOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  const end = error.stack.indexOf("SyntaxError");
  const picture = error.stack.slice(0, Math.max(0, end)).trimEnd();
  return picture === "" ? undefined : picture;
}

const MODULE_SYNTAX =
  /^Cannot use import statement outside|^Unexpected token 'export'|import\.meta/;
const EXTENSIONS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"];

/** A hint to append to the message; empty if there is none. */
export function hintAt(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if (cause instanceof SyntaxError && MODULE_SYNTAX.test(cause.message)) {
    return '; its package says "type": "commonjs": name the file .mts or .mjs, or set "type": "module" in package.json';
  }
  const { code, url } = cause as { readonly code?: unknown; readonly url?: unknown };
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "ERR_UNSUPPORTED_DIR_IMPORT";
  if (!isMissing || typeof url !== "string" || !url.startsWith("file:")) return "";
  const path = fileURLToPath(url);
  const stem = path.slice(0, path.length - extname(path).length);
  const meant = [path, stem]
    .flatMap((start) => EXTENSIONS.map((extension) => start + extension))
    .find((candidate) => candidate !== path && existsSync(candidate));
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}
