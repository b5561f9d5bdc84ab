/**
 * The log lines of one agent in order, each once: those that the server keeps, and those that come as
 * events. Lines between two connections are only in the kept ones.
 */

import type { LogLine } from "../model/agent-inside.ts";

/** Reads the kept lines after the line with this number; at first the last ones. */
type ReadKeptLines = (after: number | undefined) => Promise<readonly LogLine[]>;

export class FollowedLines {
  readonly #show: (line: LogLine) => void;
  readonly #readKept: ReadKeptLines;
  /** Undefined until lines were read or came. */
  #lastN: number | undefined;
  /** Readings of kept lines that have not ended. */
  #readings = 0;
  /** Lines that came as events during a reading, which may bring earlier ones. */
  readonly #held: LogLine[] = [];

  constructor(show: (line: LogLine) => void, readKept: ReadKeptLines) {
    this.#show = show;
    this.#readKept = readKept;
  }

  /** Takes a line of an event. */
  add(line: LogLine): void {
    if (this.#readings > 0) this.#held.push(line);
    else this.#showNew([line]);
  }

  /** Shows the kept lines that are missing. Rejects if they cannot be read; events continue then, too. */
  async catchUp(): Promise<void> {
    this.#readings += 1;
    try {
      this.#showNew(await this.#readKept(this.#lastN));
      // From now on all lines are new ones.
      this.#lastN ??= 0;
    } finally {
      this.#readings -= 1;
      if (this.#readings === 0) this.#showNew(this.#held.splice(0));
    }
  }

  /** Kept lines are also sent as events. */
  #showNew(lines: readonly LogLine[]): void {
    for (const line of lines) {
      if (line.n <= (this.#lastN ?? 0)) continue;
      this.#lastN = line.n;
      this.#show(line);
    }
  }
}
