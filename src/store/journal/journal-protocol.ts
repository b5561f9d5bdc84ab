/** The messages between the main thread and the journal's thread. Types only. */

import type { NotedDatabase } from "./journal-owner.ts";

export interface JournalThreadData {
  /** The folder of the file. */
  readonly folder: string;
}

/** An entry of the file; texts are JSON. */
export interface StoredEntry {
  readonly seq: number;
  readonly row: string;
  readonly end: string | null;
}

/** A row of `agent_effects` that the table does not have on the disk yet; `row` is JSON. */
export interface StoredEffect {
  readonly seq: number;
  readonly row: string;
}

/** Its transaction may have other changes, too. */
export interface JournalChange {
  readonly adds: readonly Pick<StoredEntry, "seq" | "row">[];
  readonly ends: readonly Pick<StoredEntry, "seq" | "end">[];
  readonly removes: readonly number[];
  /** Repeated after a failure, these replace themselves. */
  readonly effectAdds: readonly StoredEffect[];
  readonly effectRemoves: readonly number[];
  /** The database whose actions and effects these are; null for a place that need not be noted. */
  readonly owner?: NotedDatabase;
}

export interface JournalOpened extends NotedDatabase {
  readonly kind: "opened";
  /** In the order in which they were added. */
  readonly entries: readonly StoredEntry[];
  readonly effects: readonly StoredEffect[];
  readonly bytes: number;
}

/** The end of a transaction: of the next `changes` messages, in their order. */
export type JournalCommitted =
  /** It is on the disk. `ms` it took; `bytes` of the log. */
  | {
      readonly kind: "stored";
      readonly changes: number;
      readonly ms: number;
      readonly bytes: number;
    }
  /** Nothing of it is stored. */
  | { readonly kind: "failed"; readonly changes: number; readonly message: string };

export type JournalAnswer =
  | JournalOpened
  | { readonly kind: "unopened" | "damaged"; readonly message: string }
  /** The file is of a layout that this Troupe does not know, and is not changed. */
  | { readonly kind: "newer"; readonly layout: number }
  | JournalCommitted;
