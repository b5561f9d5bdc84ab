/**
 * The journal: the actions that this process has accepted, each until the tables have its row and
 * its effect on the disk. The entries are in memory and in the file; only this class changes them.
 */

import { waitAtMost } from "../../deadline.ts";
import type { ActionRow } from "../../model/action.ts";
import type { DatabaseView } from "../../model/agent-view.ts";
import { TroupeError } from "../../model/errors.ts";
import type { Ack } from "../tables/queue-table.ts";
import { damagedJournal, isDamage } from "./journal-damage.ts";
import { JournalFile, type JournalObserver } from "./journal-file.ts";
import { findOtherOwner, foreignJournal, type JournalDatabase } from "./journal-owner.ts";
import type { JournalOpened, StoredEntry } from "./journal-protocol.ts";
import { JournaledEffects } from "./journaled-effects.ts";
import { rowOf, type StoredEnd, withEnd } from "./stored-entry.ts";

/**
 * Most entries, and most bytes of their texts: beyond either nothing is accepted until the table
 * takes rows.
 */
const ENTRIES_MAX = 100_000;
const BYTES_MAX = 256 * 2 ** 20;
/** Milliseconds that a caller waits for room, so that one that is faster than the table is slowed down. */
const ROOM_MS_MAX = 5_000;

/** An action from its acceptance until its entry is removed. */
export interface JournalEntry {
  readonly seq: number;
  /** With its end, once that is in the journal. */
  row: ActionRow;
  /** Its place among the ends in the journal; 0 while it has none. */
  endNth: number;
  /** How much of it the table has. */
  inTable: "nothing" | "pending" | "end";
  /** The dispatcher of this process has it; if not, the poller finds it in the table. */
  isOffered: boolean;
  /** The poller knows when it is due, and needs no notice of its row. */
  isDueKnown: boolean;
  /** It ended, and its agent's row may lack its effect: the entry stays, and a start repeats it. */
  isEffectOpen: boolean;
  /** On the clock of `performance.now()`. */
  readonly acceptedAt: number;
}

export interface JournalOptions extends JournalObserver {
  /** The folder of the file: `TROUPE_LOCAL`. */
  readonly folder: string;
  /** Entries of another one are refused. */
  readonly database: JournalDatabase;
  /** In place of {@link ENTRIES_MAX}. */
  readonly entriesMax?: number;
}

export type JournalFigures = NonNullable<DatabaseView["journal"]>;

export class ActionJournal {
  readonly #file: JournalFile;
  /** In the same file, and in the same transactions. */
  readonly effects: JournaledEffects;
  readonly #entriesMax: number;
  /** By action id, in the order of acceptance. */
  readonly #entries = new Map<string, JournalEntry>();
  /** Entries of which the table has less than the journal. */
  readonly unwritten = new Set<JournalEntry>();
  #seq: number;
  /** The last {@link JournalEntry.endNth}. */
  #endNth = 0;
  #bytes = 0;
  /** Resolves with the next removal. */
  #removed = Promise.withResolvers<void>();

  private constructor(file: JournalFile, stored: JournalOpened, entriesMax: number) {
    this.#file = file;
    this.effects = new JournaledEffects(file, stored.effects);
    this.#entriesMax = entriesMax;
    this.#seq = stored.entries.at(-1)?.seq ?? 0;
    for (const entry of stored.entries.map(revive)) {
      this.#endNth = Math.max(this.#endNth, entry.endNth);
      this.#keep(entry);
    }
  }

  /**
   * @throws {TroupeError} `DATABASE_UNUSABLE` if the file cannot be opened; `JOURNAL_DAMAGED`; `DATABASE_NEWER` if a newer Troupe
   * has written it; `JOURNAL_MISMATCH` if it has entries of another database.
   */
  static async open({
    folder,
    database,
    entriesMax,
    ...observer
  }: JournalOptions): Promise<ActionJournal> {
    const { file, opened } = await JournalFile.open(folder, observer);
    try {
      const content = contentOf(opened);
      const other = content === "" ? undefined : await findOtherOwner(opened, database);
      if (other !== undefined) throw foreignJournal(folder, content, other);
      const owner = { place: database.place ?? null, databaseId: database.id };
      if (opened.place !== owner.place || opened.databaseId !== owner.databaseId)
        await file.change({ owner });
      return ActionJournal.#revive(file, opened, entriesMax);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  static #revive(
    file: JournalFile,
    opened: JournalOpened,
    entriesMax = ENTRIES_MAX,
  ): ActionJournal {
    try {
      return new ActionJournal(file, opened, entriesMax);
    } catch (error) {
      // A text in it is not JSON.
      throw isDamage(error) ? damagedJournal(file.path, (error as Error).message) : error;
    }
  }

  get figures(): JournalFigures {
    const { bytes, syncMs, syncs } = this.#file.figures;
    const [oldest] = this.#entries.values();
    const oldest_ms = oldest === undefined ? 0 : performance.now() - oldest.acceptedAt;
    const counts = { entries: this.#entries.size, effects: this.effects.size };
    return { ...counts, bytes, oldest_ms, sync_ms: syncMs, syncs };
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<JournalEntry> {
    return this.#entries.values();
  }

  /** The entries of actions that have ended, in the order of their ends. */
  get ended(): readonly JournalEntry[] {
    const ended = [...this.#entries.values()].filter(({ row }) => row.processed);
    // By time for ends that an older Troupe has stored.
    const endedAt = ({ row }: JournalEntry) => row.processed_at ?? 0;
    return ended.sort((one, other) => one.endNth - other.endNth || endedAt(one) - endedAt(other));
  }

  find(id: string): JournalEntry | undefined {
    return this.#entries.get(id);
  }

  /**
   * Resolves once the rows are on the disk.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if they are not, or if too much has been waiting for the
   * table for {@link ROOM_MS_MAX}.
   */
  async accept(rows: readonly ActionRow[], isOffered: boolean): Promise<void> {
    if (!this.#hasRoom(rows.length)) await this.#waitForRoom(rows.length);
    const entries = rows.map((row): JournalEntry => {
      this.#seq += 1;
      return newEntry(this.#seq, row, isOffered);
    });
    const adds = entries.map(({ seq, row }) => ({ seq, row: JSON.stringify(row) }));
    await this.#file.change({ adds });
    for (const entry of entries) this.#keep(entry);
  }

  /**
   * Resolves once the ends are on the disk; an end without an entry is ignored.
   * @param acks in the order in which the actions ended
   * @throws {TroupeError} `STORE_UNAVAILABLE`.
   */
  async end(acks: readonly Ack[]): Promise<void> {
    const ends = acks.flatMap((ack) => {
      const entry = this.#entries.get(ack.id);
      if (entry === undefined) return [];
      this.#endNth += 1;
      const end: StoredEnd = { ...ack, nth: this.#endNth };
      return { entry, end };
    });
    await this.#file.change({
      ends: ends.map(({ entry, end }) => ({ seq: entry.seq, end: JSON.stringify(end) })),
    });
    for (const { entry, end } of ends) {
      entry.row = withEnd(entry.row, end);
      entry.endNth = end.nth ?? 0;
      this.unwritten.add(entry);
    }
  }

  /** Resolves once the removal is on the disk. */
  async remove(entries: readonly JournalEntry[]): Promise<void> {
    for (const { row } of entries) {
      this.#entries.delete(row.id);
      this.#bytes -= bytesOf(row);
    }
    this.#removed.resolve();
    this.#removed = Promise.withResolvers();
    await this.#file.change({ removes: entries.map(({ seq }) => seq) });
  }

  /** Checks whether the journal can be written. Never rejects. */
  async probe(): Promise<void> {
    await this.#file.change({}).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #hasRoom(count: number): boolean {
    if (this.#bytes > BYTES_MAX) return false;
    return this.#entries.size === 0 || this.#entries.size + count <= this.#entriesMax;
  }

  async #waitForRoom(count: number): Promise<void> {
    const deadline = performance.now() + ROOM_MS_MAX;
    while (!this.#hasRoom(count)) {
      const left = deadline - performance.now();
      if (left <= 0) throw full();
      await waitAtMost(this.#removed.promise, left);
    }
  }

  #keep(entry: JournalEntry): void {
    this.#entries.set(entry.row.id, entry);
    this.#bytes += bytesOf(entry.row);
    this.unwritten.add(entry);
  }
}

function newEntry(seq: number, row: ActionRow, isOffered: boolean): JournalEntry {
  const acceptedAt = performance.now();
  const start = { inTable: "nothing", isDueKnown: false, isEffectOpen: false, endNth: 0 } as const;
  return { ...start, seq, row, isOffered, acceptedAt };
}

/** One that ended with an effect is repeated, unless the effect is there; one without an end is polled. */
function revive(stored: StoredEntry): JournalEntry {
  const row = rowOf(stored);
  const end = stored.end === null ? undefined : (JSON.parse(stored.end) as StoredEnd);
  return {
    ...newEntry(stored.seq, row, end !== undefined),
    endNth: end?.nth ?? 0,
    isEffectOpen: end?.outcome === "done" && end.isEffectless !== true,
  };
}

/** Empty text if there is nothing. */
function contentOf({ entries, effects }: JournalOpened): string {
  const counts = [[entries.length, "action"] as const, [effects.length, "effect"] as const];
  const some = counts.filter(([count]) => count > 0);
  return some.map(([count, what]) => `${count} ${what}${count === 1 ? "" : "s"}`).join(" and ");
}

/** Roughly; the other columns are short. */
function bytesOf({ payload, metadata }: ActionRow): number {
  return payload.length + (metadata?.length ?? 0) + 200;
}

function full(): TroupeError {
  const message = "too many accepted actions wait until the table `queue` takes rows again";
  return new TroupeError("STORE_UNAVAILABLE", message);
}
