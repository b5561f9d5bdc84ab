/**
 * The journal's writer: brings accepted actions into the table `queue`, in the background and in
 * few commits, and removes entries whose rows and effects are on the disk. An action that ends soon
 * is appended once, with its end.
 *
 * An entry that has ended stays, with an open effect, until the agent's row has what it changed, and that
 * row's commit is on the disk; only then does the row forget the action. What a start finds here is
 * brought into the table, and the effect of what ended as done is repeated unless the row has it, or a
 * stored step has used the guidance: in the order of the ends, and before all others of the lane. An
 * action that had changed nothing, such as a create of an agent that ran, is marked and not repeated: the
 * agent may have been changed since.
 */

import pLimit from "p-limit";
import type { ActionRow } from "../../model/action.ts";
import { backoffMs } from "../../model/backoff.ts";
import { inTimeSlices } from "../../time-slices.ts";
import type { Ack } from "../tables/queue-table.ts";
import type { ActionJournal, JournalEntry } from "./action-journal.ts";

/** Milliseconds from the acceptance of an action until its row is appended, ended or not. */
const PENDING_MS = 600;
/** Milliseconds that entries gather. */
const GATHER_MS = 250;
/** Waits between the tries while the table takes no rows. */
const BACKOFF = { baseMs: 100, maxMs: 2_000 };
/** Rows, and bytes of their texts, of one commit. */
const COMMIT_ROWS_MAX = 5_000;
const COMMIT_BYTES_MAX = 32 * 2 ** 20;

export interface JournalWriterOptions {
  readonly journal: ActionJournal;
  /** Appends rows in one commit; if `isOffered` is false, the poller must read them. */
  readonly append: (rows: readonly ActionRow[], isOffered: boolean) => Promise<void>;
  readonly ack: (acks: readonly Ack[]) => Promise<unknown>;
  readonly findAll: (ids: readonly string[]) => Promise<ReadonlyMap<string, ActionRow>>;
  /** Resolves once all commits to `queue` and `agent_state` so far are on the disk. */
  readonly sync: () => Promise<void>;
  /** The table has the ends of these actions. */
  readonly onEndsWritten: (ids: readonly string[]) => void;
  /** The entries of ended actions are removed: nothing of them is repeated at a start. */
  readonly onRemoved: (rows: readonly ActionRow[]) => void;
}

export class JournalWriter {
  readonly #options: JournalWriterOptions;
  #timer: NodeJS.Timeout | undefined;
  /** Writes run one after the other. */
  readonly #inTurn = pLimit(1);
  /** The next write of everything, if it has not started: further callers share it. */
  #next: Promise<void> | undefined;
  #failures = 0;
  /** True if an append may be stored although it failed, and at the start. */
  #isUnsure = true;
  #isClosed = false;

  constructor(options: JournalWriterOptions) {
    this.#options = options;
  }

  /** Writes soon. @param isUrgent the poller waits for the rows */
  soon(isUrgent = false): void {
    if (this.#isClosed) return;
    if (isUrgent) {
      this.#writeLater(0);
    } else this.#timer ??= this.#start(GATHER_MS);
  }

  /** Resolves once the table has all that the journal has now. @throws as a write to the table. */
  settle(): Promise<void> {
    if (this.#options.journal.unwritten.size === 0) return Promise.resolve();
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      return this.#write(Number.POSITIVE_INFINITY);
    });
    return this.#next;
  }

  /** Writes and removes entries; those that the table refuses stay for the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // An action that has not ended by now ends in another process, which finds it in the table.
    for (const entry of this.#options.journal.entries()) {
      if (!entry.row.processed) entry.isOffered = false;
    }
    await this.settle().catch(() => undefined);
    await this.#inTurn(() => this.#clean()).catch(() => undefined);
  }

  #writeLater(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start(ms);
  }

  #start(ms: number): NodeJS.Timeout {
    return setTimeout(() => void this.#inTurn(() => this.#round()), ms).unref();
  }

  /** Never rejects. */
  async #round(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.#write(performance.now() - PENDING_MS);
      await this.#clean();
      this.#failures = 0;
    } catch {
      // The store has logged its fault.
      this.#failures += 1;
    }
    if (this.#isClosed || this.#options.journal.size === 0) return;
    const failedMs = backoffMs(BACKOFF, this.#failures, Math.random());
    this.#timer ??= this.#start(this.#failures === 0 ? GATHER_MS : failedMs);
  }

  /** Writes ended actions, those that the poller must find, and those accepted before `before`. */
  async #write(before: number): Promise<void> {
    if (this.#isUnsure) await this.#findWritten();
    const appends: JournalEntry[] = [];
    const ends: JournalEntry[] = [];
    for (const entry of this.#options.journal.unwritten) {
      if (entry.inTable === "pending") ends.push(entry);
      else if (entry.row.processed || !entry.isOffered || entry.acceptedAt <= before)
        appends.push(entry);
    }
    for (const part of partsOf(appends)) await this.#append(part);
    for (const part of partsOf(ends)) await this.#ackRows(part);
  }

  async #append(entries: readonly JournalEntry[]): Promise<void> {
    const rows = entries.map(({ row }) => row);
    this.#isUnsure = true;
    await this.#options.append(
      rows,
      entries.every(({ isOffered, isDueKnown }) => isOffered || isDueKnown),
    );
    this.#isUnsure = false;
    await this.#written(entries, (_, n) => rows[n]?.processed === true);
  }

  async #ackRows(entries: readonly JournalEntry[]): Promise<void> {
    await this.#options.ack(entries.map(({ row }) => ackOf(row)));
    await this.#written(entries, () => true);
  }

  async #written(
    entries: readonly JournalEntry[],
    isEnd: (entry: JournalEntry, n: number) => boolean,
  ): Promise<void> {
    const { journal, onEndsWritten } = this.#options;
    const ended: string[] = [];
    for (const [n, entry] of entries.entries()) {
      entry.inTable = isEnd(entry, n) ? "end" : "pending";
      if (entry.inTable === "end") ended.push(entry.row.id);
      if (entry.inTable === "end" || !entry.row.processed) journal.unwritten.delete(entry);
    }
    for await (const part of inTimeSlices(ended, 500)) onEndsWritten(part);
  }

  /** Finds rows that the table has: of an earlier process, or of an append that seemed to fail. */
  async #findWritten(): Promise<void> {
    const { journal, findAll } = this.#options;
    const unsure = [...journal.unwritten].filter(({ inTable }) => inTable === "nothing");
    const found = await findAll(unsure.map(({ row }) => row.id));
    const isSame = ({ row }: JournalEntry) => found.get(row.id)?.created_at === row.created_at;
    const written = unsure.filter(isSame);
    await this.#written(written, ({ row }) => found.get(row.id)?.processed === true);
    this.#isUnsure = false;
  }

  /** Removes the entries whose rows and effects are on the disk. */
  async #clean(): Promise<void> {
    const { journal, sync, onRemoved } = this.#options;
    const done = [...journal.entries()].filter(isWhole);
    if (done.length === 0) return;
    await sync();
    // An entry whose action has ended meanwhile is still needed.
    const removed = done.filter(isWhole);
    await journal.remove(removed);
    // An action that was left to the poller may be repeated until the table has its end.
    const ended = removed.filter(({ inTable }) => inTable === "end");
    for await (const part of inTimeSlices(ended, 500)) onRemoved(part.map(({ row }) => row));
  }
}

function isWhole({ row, inTable, isOffered, isEffectOpen }: JournalEntry): boolean {
  // Also before its end: that is stored here, because the effect must be repeated.
  if (isEffectOpen) return false;
  if (inTable === "end") return true;
  return inTable === "pending" && !isOffered && !row.processed;
}

function* partsOf(entries: readonly JournalEntry[]): Generator<readonly JournalEntry[]> {
  let part: JournalEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    part.push(entry);
    bytes += entry.row.payload.length + (entry.row.metadata?.length ?? 0);
    if (part.length < COMMIT_ROWS_MAX && bytes < COMMIT_BYTES_MAX) continue;
    yield part;
    part = [];
    bytes = 0;
  }
  if (part.length > 0) yield part;
}

function ackOf({ id, outcome, error, attempts, processed_at }: ActionRow): Ack {
  return { id, outcome: outcome ?? "done", error, attempts, processed_at: processed_at ?? 0 };
}
