/**
 * Why a user's module cannot be loaded, for its author: the place of the fault, and a hint for the most
 * common ones. Invariant: nothing here runs the module.
 */

import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { basename, dirname, extname, join } from "node:path";
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
  const source = isFile(url) ? readSource(fileURLToPath(url)) : undefined;
  if (source === undefined) return undefined;
  try {
    stripTypeScriptTypes(source, { sourceUrl: url });
    return undefined;
  } catch (located) {
    return located;
  }
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** File, line and the lines around the fault, as Node puts them before the error; undefined without. */
export function pictureOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  const end = error.stack.indexOf("SyntaxError");
  const picture = error.stack.slice(0, Math.max(0, end)).trimEnd();
  return picture === "" ? undefined : picture;
}

/**
 * Where the fault is, as `file:line`: the place in the picture, the line of the import that finds nothing,
 * or the first line of the user's own files in the stack. Undefined if it is not known.
 * @param urls the user's own files
 */
export function placeOf(error: unknown, urls: ReadonlySet<string>): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const picture = pictureOf(error);
  if (picture !== undefined) return plainPath(picture.slice(0, picture.indexOf("\n")));
  return importPlace(error) ?? plainPath(ownFrames(error, urls)[0]);
}

/** The error's stack without frames of Troupe and of Node; undefined if it has none. */
export function ownStack(error: unknown, urls: ReadonlySet<string>): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== "string") return undefined;
  const lines = error.stack.split("\n");
  const first = lines.findIndex((line) => FRAME.test(line));
  const head = first === -1 ? lines : lines.slice(0, first);
  return [...head, ...ownFrames(error, urls).map((frame) => `    at ${frame}`)].join("\n");
}

const FRAME = /^ {4}at /;
const PLACE = /((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/;

/** Frames in the user's own files, without columns, as Node names the files. */
function ownFrames({ stack }: Error, urls: ReadonlySet<string>): readonly string[] {
  const paths = new Set([...urls].filter(isFile).flatMap((url) => [url, fileURLToPath(url)]));
  const places = String(stack)
    .split("\n")
    .map((line) => (FRAME.test(line) ? PLACE.exec(line) : null));
  return places
    .filter((place) => paths.has(place?.[1] ?? ""))
    .map((place) => `${place?.[1]}:${place?.[2]}`);
}

const MISSING =
  /^(?:Cannot find (?:package|module)|Invalid module) ['"]([^'"]+)['"](?:.* imported from (.+))?/;

/** The line of an import that finds nothing. */
function importPlace(error: Error): string | undefined {
  const [, wanted = ""] = MISSING.exec(error.message) ?? [];
  const path = importerOf(error);
  if (path === undefined) return undefined;
  const source = readSource(path) ?? "";
  const line = source.split("\n").findIndex((text) => text.includes(basename(wanted)));
  return line === -1 ? path : `${path}:${line + 1}`;
}

/** Path of the file whose import finds nothing. */
function importerOf(error: Error): string | undefined {
  const [, , importer] = MISSING.exec(error.message) ?? [];
  const { requireStack } = error as { readonly requireStack?: readonly string[] };
  return plainPath(importer ?? requireStack?.[0]);
}

function plainPath(place: string | undefined): string | undefined {
  if (place?.startsWith("file:") !== true) return place;
  return fileURLToPath(place.trim());
}

function isFile(url: string): boolean {
  return url.startsWith("file:");
}

const MODULE_SYNTAX =
  /^Cannot use import statement outside|^Unexpected token 'export'|import\.meta/;
/** A package's name, and no path or built-in module. */
const PACKAGE = /^(?:@[a-z0-9._~-]+\/)?[a-z0-9_~-][a-z0-9._~-]*$/i;
const EXTENSIONS = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"];

/** A hint to append to the message; empty if there is none. */
export function hintAt(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  if (cause instanceof SyntaxError && MODULE_SYNTAX.test(cause.message)) {
    return '; its package says "type": "commonjs": name the file .mts or .mjs, or set "type": "module" in package.json';
  }
  const { code, url } = cause as { readonly code?: unknown; readonly url?: unknown };
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") {
    return "; Node only erases types: write a const object for an enum, a field for a parameter property, const … = require() for import … = require()";
  }
  if (code === "ERR_IMPORT_ATTRIBUTE_MISSING") return '; add with { type: "json" } to the import';
  const name = MISSING.exec(cause.message)?.[1] ?? "";
  const importer = importerOf(cause);
  const alias = name === "" || importer === undefined ? undefined : findAlias(name, importer);
  if (alias !== undefined) {
    return `; "paths" in ${alias} are for the compiler alone: Node takes "imports" in package.json, such as "#lib/*": "./src/lib/*.ts"`;
  }
  if (name !== "" && PACKAGE.test(name)) return `; install it in your project: npm install ${name}`;
  const isMissing = code === "ERR_MODULE_NOT_FOUND" || code === "ERR_UNSUPPORTED_DIR_IMPORT";
  if (!isMissing || typeof url !== "string" || !url.startsWith("file:")) return "";
  const path = fileURLToPath(url);
  const stem = path.slice(0, path.length - extname(path).length);
  const meant = [path, stem]
    .flatMap((start) => EXTENSIONS.map((extension) => start + extension))
    .find((candidate) => candidate !== path && existsSync(candidate));
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}

/** Folders from the importing file upwards in which a `tsconfig.json` is searched. */
const LEVELS_MAX = 20;
/** Its content has no braces. Comments and trailing commas are allowed in the file, so it is not read as JSON. */
const PATHS = /"paths"\s*:\s*\{([^}]*)/;
const PATHS_KEY = /"([^"\n*]+)(\*?)"\s*:\s*\[/g;

/**
 * The `tsconfig.json` that governs a file and declares the import as an alias, which the compiler resolves and
 * Node does not; undefined without.
 * @param wanted the import, or the part of it that Node took for a package's name
 * @param importer path of the importing file
 */
function findAlias(wanted: string, importer: string): string | undefined {
  const config = findConfig(dirname(importer));
  if (config === undefined) return undefined;
  const [, paths = ""] = PATHS.exec(config.text) ?? [];
  const isAlias = [...paths.matchAll(PATHS_KEY)].some(([, name = "", star]) =>
    star === "" ? wanted === name : `${wanted}/`.startsWith(name),
  );
  return isAlias ? config.path : undefined;
}

function findConfig(start: string): { readonly path: string; readonly text: string } | undefined {
  let folder = start;
  for (let level = 0; level < LEVELS_MAX; level += 1) {
    const path = join(folder, "tsconfig.json");
    const text = readSource(path);
    if (text !== undefined) return { path, text };
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}
