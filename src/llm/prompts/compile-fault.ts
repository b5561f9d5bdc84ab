/** Turns the message of BAML's compiler into one error that names files and lines. Pure. */

import { TroupeError } from "../../model/errors.ts";

/** Mistakes named in one message. */
const SHOWN_MAX = 3;

/** The first line of a mistake, which may have more, and the first of the places that are shown for it. */
const MISTAKE =
  /^error: (?:Error validating: )?([^\n]+?):?\n(?:(?!error: )[^\n]*\n)*?\s*--> +([^\n]+):(\d+)$/gm;

export function compileFault(message: string): TroupeError {
  const found = [...message.replace(/^BamlError: /, "").matchAll(MISTAKE)].map(
    ([, problem = "", file = "", line = ""]) => ({ file, line: Number(line), problem }),
  );
  // The compiler's order differs from time to time.
  found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
  const texts = [...new Set(found.map(({ file, line, problem }) => `${file}:${line}: ${problem}`))];
  const [first] = found;
  if (first === undefined) {
    const [line = ""] = message.split("\n");
    return new TroupeError("PROMPT_INVALID", `BAML's compiler refused the files: ${line}`);
  }
  const more = texts.length - SHOWN_MAX;
  const shown = more > 0 ? [...texts.slice(0, SHOWN_MAX), `and ${more} more`] : texts;
  return new TroupeError("PROMPT_INVALID", shown.join("; "), {
    details: { file: first.file, line: first.line },
  });
}
