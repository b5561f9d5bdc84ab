/**
 * The last results of an agent. Their values never change; their form does, and only this file knows it: they
 * are objects while the agent works, and packed text while it rests, a tenth to a quarter of the size. So a
 * reader cannot meet a packed history by mistake, and a start packs the text of the column without parsing it.
 *
 * Rejected: JSON text in the row, as the context is, which saves less than a third; a history that a resting
 * agent does not hold, because its wake would wait for a read of the table. Pure: the caller brings the packing.
 */

import { HISTORY_ENTRIES_MAX } from "./limits.ts";
import { isObject, parseJson } from "./parse-json.ts";
import type { OnDamaged } from "./rows/column.ts";
import type { HistoryEntry as EntrySchema } from "./rows/history-entry.ts";
import type { StaticOf } from "./schema-parts.ts";

type HistoryEntry = StaticOf<typeof EntrySchema>;

/** How text is made smaller, and whole again. */
export interface TextPacking {
  readonly pack: (text: string) => string;
  readonly unpack: (packed: string) => string;
}

/** Characters of text that is packed: shorter text gains nothing, longer text takes some ms of the main thread. */
const PACKED_CHARS_MIN = 256;
const PACKED_CHARS_MAX = 256 * 1024;

export class History {
  static readonly empty = new History([]);

  /** Values, their JSON text, or that text packed. */
  #form: readonly HistoryEntry[] | string;
  /** What has packed the text; undefined if it is not packed. */
  #packing: TextPacking | undefined;
  /** The time of the newest entry, once it is known. */
  #lastAt: number | undefined;

  /** Undefined once it was called, or if the text is our own. */
  #onDamaged: OnDamaged | undefined;

  /**
   * @param form oldest first; as text, the cell of the column. Text that is not a JSON array counts as empty, and
   * what is not an entry is left out
   * @param onDamaged called when that is found: at the first use of the entries, or later
   */
  constructor(form: readonly HistoryEntry[] | string, onDamaged?: OnDamaged) {
    this.#form = form;
    this.#onDamaged = onDamaged;
  }

  /** Oldest first. Of a packed history they are new objects, which are not kept. */
  get entries(): readonly HistoryEntry[] {
    if (typeof this.#form !== "string") return this.#form;
    const { text } = this;
    const value = parseJson(text);
    const entries = Array.isArray(value) ? value.filter(isEntry) : [];
    if (!Array.isArray(value) || entries.length < value.length) {
      this.#onDamaged?.(text, Array.isArray(value));
      this.#onDamaged = undefined;
    }
    if (this.#packing === undefined) this.#form = entries;
    return entries;
  }

  /** As the column stores it. */
  get text(): string {
    if (typeof this.#form !== "string") return JSON.stringify(this.#form);
    return this.#packing === undefined ? this.#form : this.#packing.unpack(this.#form);
  }

  /** When the newest entry was made, in milliseconds since the epoch; undefined if there is none. */
  get lastAt(): number | undefined {
    this.#lastAt ??= this.entries.at(-1)?.at;
    return this.#lastAt;
  }

  /** True if it takes little memory, and each reader of the entries some microseconds. */
  get isPacked(): boolean {
    return this.#packing !== undefined;
  }

  /** With one more entry, and without the oldest if there are too many. */
  with(entry: HistoryEntry): History {
    return new History([...this.entries, entry].slice(-HISTORY_ENTRIES_MAX));
  }

  /** Without the entries of this iteration and later ones. */
  before(iteration: number): History {
    return new History(this.entries.filter((entry) => entry.iteration < iteration));
  }

  /** Makes it small, because it will not be read soon; nothing else changes. */
  pack(packing: TextPacking): void {
    if (this.#packing !== undefined) return;
    const { text } = this;
    if (text.length < PACKED_CHARS_MIN || text.length > PACKED_CHARS_MAX) return;
    const packed = packing.pack(text);
    if (packed.length >= text.length) return;
    if (typeof this.#form !== "string") this.#lastAt = this.#form.at(-1)?.at;
    this.#form = packed;
    this.#packing = packing;
  }

  toJSON(): readonly HistoryEntry[] {
    return this.entries;
  }
}

/** The table may have been written by another program. */
function isEntry(value: unknown): value is HistoryEntry {
  if (!isObject(value)) return false;
  const { iteration, subject, result, at } = value;
  const hasTexts = typeof result === "string" && (subject === null || typeof subject === "string");
  return hasTexts && Number.isFinite(iteration) && Number.isFinite(at);
}
