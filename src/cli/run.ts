/** How a command on the command line becomes an exit code. */

import type { ExitCode } from "./exit-codes.ts";

/** Makes of a command what commander calls: its exit code is that of the program. */
export type Run = <A extends readonly unknown[]>(
  command: (...args: A) => Promise<ExitCode>,
) => (...args: A) => Promise<void>;
