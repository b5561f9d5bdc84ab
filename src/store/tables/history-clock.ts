/**
 * The clock for retention: a jump of the machine's clock must not delete rows. It starts at its last
 * stored time, or at that of the newest row, runs by the monotonic clock, and catches up with the
 * machine's clock at double speed at most. So a pause of the process extends the life of rows by its
 * duration.
 */

import { join } from "node:path";
import { overwriteNote, readNote } from "../../files/plain-file.ts";
import { parseJsonObject } from "../../model/parse-json.ts";

export interface HistoryClockOptions {
  /** The database's folder, which keeps the time; undefined on an object store. */
  readonly folder: string | undefined;
  /** When the newest row was written, in milliseconds since the epoch; undefined without rows. */
  readonly findNewest: () => Promise<number | undefined>;
  /** The machine's clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  /** A monotonic clock, in milliseconds. */
  readonly monotonic?: () => number;
}

/** Speed at which it catches up, relative to real time. */
const CATCH_UP_RATE = 2;
const FILE = "retention.json";

export class HistoryClock {
  readonly #options: HistoryClockOptions;
  readonly #now: () => number;
  readonly #monotonic: () => number;
  /** The last time it showed, and when by the monotonic clock; undefined until it was first read. */
  #last: { readonly time: number; readonly at: number } | undefined;

  constructor(options: HistoryClockOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#monotonic = options.monotonic ?? (() => performance.now());
  }

  /** Milliseconds since the epoch, never later than the machine's clock. */
  async read(): Promise<number> {
    const at = this.#monotonic();
    const now = this.#now();
    const time =
      this.#last === undefined
        ? await this.#findStart(now)
        : Math.min(now, this.#last.time + CATCH_UP_RATE * (at - this.#last.at));
    this.#last = { time, at };
    await this.#keep(time);
    return time;
  }

  async #findStart(now: number): Promise<number> {
    const kept = await this.#findKept();
    return Math.min(now, kept ?? (await this.#options.findNewest()) ?? now);
  }

  async #findKept(): Promise<number | undefined> {
    const { folder } = this.#options;
    if (folder === undefined) return undefined;
    return parseKept((await readNote(join(folder, FILE))) ?? "");
  }

  /** May fail: without the time rows only stay longer. */
  async #keep(time: number): Promise<void> {
    const { folder } = this.#options;
    if (folder === undefined) return;
    await overwriteNote(join(folder, FILE), JSON.stringify({ time })).catch(() => undefined);
  }
}

function parseKept(text: string): number | undefined {
  const time = parseJsonObject(text)?.["time"];
  return typeof time === "number" && Number.isFinite(time) ? time : undefined;
}
