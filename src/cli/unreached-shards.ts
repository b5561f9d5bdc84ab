/** The shards of the fleet that a command could not use: each is named once, and the command fails. */

import type { TroupeError } from "../model/errors.ts";
import { errorLine, note } from "./text/terminal-output.ts";

export class UnreachedShards {
  /** Messages that were printed: a command uses a shard more than once. */
  readonly #noted = new Set<string>();

  get isEmpty(): boolean {
    return this.#noted.size === 0;
  }

  report(error: TroupeError): void {
    const line = errorLine(error);
    if (this.#noted.has(line)) return;
    this.#noted.add(line);
    note(`${line}; the others' results follow`);
  }
}
