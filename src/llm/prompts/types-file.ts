/**
 * The file that types own functions in `ctx.llm`. Its first line has the hash of the sources that it was
 * made from, so that a start with the same sources compiles nothing: they have compiled before.
 */

import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { writeWhole } from "../../files/plain-file.ts";
import type { Prompts } from "./prompts.ts";

const HEAD = "// Types of own BAML functions in ctx.llm, made by Troupe: do not edit. Sources: ";
/** More than the first line has. */
const HEAD_BYTES = 256;

/** The id of the prompts that the file was made from; undefined if there is none, or another file. */
export async function readTypesId(path: string): Promise<string | undefined> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const [line = ""] = buffer.toString("utf8", 0, bytesRead).split("\n");
    return line.startsWith(HEAD) ? line.slice(HEAD.length) : undefined;
  } catch {
    return undefined;
  }
}

/** Makes its folder, too. Rejects if the file cannot be written. */
export async function writeTypes(
  path: string,
  { id }: Pick<Prompts, "id">,
  types: string,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, `${HEAD}${id}\n${types}`);
}
