/** The error of own BAML files: it names file and line. Pure. */

import { TroupeError } from "../../model/errors.ts";

/** A place in the folder of own BAML files. */
interface Place {
  readonly file: string;
  readonly line: number;
  /** The declaration that is meant. */
  readonly name?: string;
}

export function promptInvalid({ file, line, name }: Place, problem: string): TroupeError {
  const what = name === undefined ? problem : `${name}: ${problem}`;
  return new TroupeError("PROMPT_INVALID", `${file}:${line}: ${what}`, {
    details: { file, line },
  });
}
