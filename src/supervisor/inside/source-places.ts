/**
 * Places of calls in the sources that people wrote: a file with a source map next to it is mapped to the
 * source. Maps are read in the inspector's thread, where nobody waits for them.
 */

import { readFile, stat } from "node:fs/promises";
import { SourceMap } from "node:module";
import { dirname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { codeFolder } from "../../entry-points.ts";
import type { StackFrame } from "../../model/agent-inside.ts";

/** A call as V8's inspector names it: lines and columns count from 0. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

const MAP_BYTES_MAX = 32 * 2 ** 20;
/** Characters of a name, or of an address that is no file. */
const TEXT_CHARS_MAX = 500;

const ownFolder = fileURLToPath(codeFolder);
const maps = new Map<string, Promise<SourceMap | null>>();

export async function toFrame(call: CallFrame): Promise<StackFrame> {
  const { functionName, url, lineNumber, columnNumber } = call;
  const file = pathOf(url);
  const mapped = await mapPlace(file, lineNumber, columnNumber);
  return {
    function: functionName.slice(0, TEXT_CHARS_MAX),
    file: (mapped?.file ?? file).slice(0, TEXT_CHARS_MAX),
    line: (mapped?.line ?? lineNumber) + 1,
    column: (mapped?.column ?? columnNumber) + 1,
    owner: ownerOf(file),
  };
}

function ownerOf(file: string): StackFrame["owner"] {
  if (file.startsWith("node:")) return "node";
  return file.startsWith(ownFolder) ? "troupe" : "agent";
}

/** A module may have a query that makes it load again. */
function pathOf(url: string): string {
  if (!url.startsWith("file:")) return url;
  try {
    return fileURLToPath(url.replace(/[?#].*$/, ""));
  } catch {
    return url;
  }
}

async function mapPlace(file: string, lineNumber: number, columnNumber: number) {
  if (!file.includes(sep) || !/\.[cm]?js$/.test(file)) return undefined;
  const reading = maps.get(file) ?? readMap(`${file}.map`);
  maps.set(file, reading);
  const found = (await reading)?.findEntry(lineNumber, columnNumber);
  if (found === undefined || !("originalSource" in found)) return undefined;
  const { originalSource, originalLine: line, originalColumn: column } = found;
  // A segment of the map may have no source, whatever the type says.
  if (typeof originalSource !== "string") return undefined;
  return { file: resolve(dirname(file), pathOf(originalSource)), line, column };
}

async function readMap(path: string): Promise<SourceMap | null> {
  try {
    if ((await stat(path)).size > MAP_BYTES_MAX) return null;
    return new SourceMap(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
