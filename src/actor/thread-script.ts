/** The code of an agent's thread as a script of V8, with what was compiled of it before. */

import { Script } from "node:vm";
import type { ThreadCode } from "../boundary/protocol.ts";

/** On the first line of the code, so that lines stay; `columnOffset` keeps its columns. */
const HEAD = "(function (require, __filename) {";

/** Returns, when it runs, a function of `require` and the file's path. */
export function makeScript({
  file,
  source,
  compiled,
}: Pick<ThreadCode, "file" | "source" | "compiled">): Script {
  // The build writes ASCII, of which V8 keeps one byte a character.
  const text = Buffer.from(source).toString("latin1");
  return new Script(`${HEAD}${text}\n})`, {
    filename: file,
    columnOffset: -HEAD.length,
    ...(compiled !== undefined && { cachedData: new Uint8Array(compiled) }),
  });
}
