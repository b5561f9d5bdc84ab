/**
 * One page of a list that several shards have parts of, in the list's order.
 *
 * The cursor has the position in each shard's part, as that shard's own opaque cursor. A shard's cursors
 * name the ends of its pages, so a page that is used in part is read again with that length: the items of
 * this second reading are returned, with the cursor after them. Nothing is lost or repeated, whatever is
 * added in between.
 *
 * Rejected: one key for all shards, from which the client would make their cursors. It would be shorter,
 * but actions of other programs are ordered by a time that their view does not have.
 */

import { TroupeError } from "../../model/errors.ts";
import { excerpt } from "../../model/ids.ts";
import type { ListPage, PageRequest } from "../../model/list-page.ts";
import { parseJson } from "../../model/parse-json.ts";

/** Where a shard's part continues: its cursor, its start, or its end. */
type Position = string | typeof START | typeof END;
const START = 0 as const;
const END = 1 as const;

export type ReadPage<T> = (page: PageRequest) => Promise<ListPage<T>>;

export interface ListParts<T> {
  /** Reads the part of each shard, by its index. */
  readonly parts: readonly ReadPage<T>[];
  /** Called for a part that cannot be read; throws unless the others should be returned. */
  readonly onFault: (index: number, error: unknown) => void;
}

export interface MergedList<T> extends ListParts<T> {
  /** The order of the list, which each part has, too. Equal items are in the order of their shards. */
  readonly compare: (a: T, b: T) => number;
}

const LIMIT_DEFAULT = 100;
/** Items of the first page of a part: with many shards few of each are needed. */
const FIRST_ITEMS_MIN = 16;

/**
 * A part that cannot be read is left out, and continues where it was on the next page.
 * @throws {TroupeError} `CURSOR_INVALID`, and what `onFault` throws.
 */
export async function readMerged<T>(
  { parts, compare, onFault }: MergedList<T>,
  { limit = LIMIT_DEFAULT, cursor }: PageRequest,
): Promise<ListPage<T>> {
  const positions =
    cursor === undefined ? parts.map((): Position => START) : decode(cursor, parts.length);
  const size = Math.min(limit, Math.max(FIRST_ITEMS_MIN, Math.ceil((2 * limit) / parts.length)));
  const lanes = parts.map((read, index) => {
    const lane = new Lane(read, positions[index] ?? START, size);
    return { lane, fault: (error: unknown) => onFault(index, error) };
  });
  const isTried = async (run: Promise<void>, fault: (error: unknown) => void) => {
    try {
      await run;
    } catch (error) {
      fault(error);
    }
  };
  await Promise.all(lanes.map(({ lane, fault }) => isTried(lane.fill(), fault)));
  for (let taken = 0; taken < limit; taken += 1) {
    const next = leastOf(lanes, compare);
    if (next === undefined) break;
    next.lane.take();
    if (next.lane.head === undefined) await isTried(next.lane.fill(), next.fault);
  }
  await Promise.all(lanes.map(({ lane, fault }) => isTried(lane.settle(), fault)));
  const items = mergeSorted(
    lanes.map(({ lane }) => lane.taken),
    compare,
  );
  const ends = lanes.map(({ lane }) => lane.position);
  const hasMore = lanes.some(({ lane }) => !lane.isFailed && lane.position !== END);
  return { items, next_cursor: hasMore ? encode(ends) : null };
}

/**
 * One page of a list without an order: a page of each part. A part that cannot be read is left out, and
 * continues where it was on the next page.
 * @throws {TroupeError} `CURSOR_INVALID`, and what `onFault` throws.
 */
export async function readAdded<T>(
  { parts, onFault }: ListParts<T>,
  cursor: string | undefined,
): Promise<ListPage<T>> {
  const positions =
    cursor === undefined ? parts.map((): Position => START) : decode(cursor, parts.length);
  const read = async (part: ReadPage<T>, index: number) => {
    const position = positions[index] ?? START;
    if (position === END) return { items: [], position };
    try {
      const page = await part(typeof position === "string" ? { cursor: position } : {});
      return { items: page.items, position: page.next_cursor ?? END };
    } catch (error) {
      onFault(index, error);
      return { items: [], position, isFailed: true };
    }
  };
  const pages = await Promise.all(parts.map(read));
  const hasMore = pages.some((page) => !("isFailed" in page) && page.position !== END);
  const next = hasMore ? encode(pages.map(({ position }) => position)) : null;
  return { items: pages.flatMap(({ items }) => items), next_cursor: next };
}

/** A shard's part while a page is made. */
class Lane<T> {
  readonly #read: ReadPage<T>;
  readonly #size: number;
  /** Where the current page begins; after {@link settle} the end of what was taken. */
  position: Position;
  /** The current page, and how many of its items are taken. */
  #page: ListPage<T> = { items: [], next_cursor: null };
  #used = 0;
  /** Items of the pages before that were taken whole, and after {@link settle} all. */
  taken: readonly T[] = [];
  isFailed = false;

  constructor(read: ReadPage<T>, position: Position, size: number) {
    this.#read = read;
    this.position = position;
    this.#size = size;
  }

  /** The next item; undefined if there is none, or none is known. */
  get head(): T | undefined {
    return this.#page.items[this.#used];
  }

  take(): void {
    this.#used += 1;
  }

  /** Reads the next page that has items, unless the part has ended. */
  async fill(): Promise<void> {
    this.#keep(this.#page);
    while (this.position !== END && this.head === undefined && !this.isFailed) {
      this.#page = await this.#readFrom(this.#size);
      if (this.#page.items.length === 0) this.position = this.#page.next_cursor ?? END;
    }
  }

  /** Brings position and items to the end of what was taken. */
  async settle(): Promise<void> {
    const isPart = this.#used > 0 && this.#used < this.#page.items.length;
    const used = this.#used;
    this.#used = 0;
    if (isPart) this.#page = await this.#readFrom(used);
    if (used > 0) this.#keepWhole(this.#page);
  }

  #keep(page: ListPage<T>): void {
    if (this.#used > 0) this.#keepWhole(page);
    this.#used = 0;
    this.#page = { items: [], next_cursor: null };
  }

  #keepWhole({ items, next_cursor }: ListPage<T>): void {
    this.taken = [...this.taken, ...items];
    this.position = next_cursor ?? END;
  }

  async #readFrom(limit: number): Promise<ListPage<T>> {
    const { position } = this;
    try {
      return await this.#read(
        typeof position === "string" ? { limit, cursor: position } : { limit },
      );
    } catch (error) {
      this.isFailed = true;
      throw error;
    }
  }
}

interface Headed<T> {
  readonly head: T | undefined;
}

function leastOf<T, L extends { readonly lane: Headed<T> }>(
  lanes: readonly L[],
  compare: (a: T, b: T) => number,
): L | undefined {
  let least: { readonly from: L; readonly head: T } | undefined;
  for (const from of lanes) {
    const { head } = from.lane;
    if (head === undefined) continue;
    if (least === undefined || compare(head, least.head) < 0) least = { from, head };
  }
  return least?.from;
}

/** Pure. */
function mergeSorted<T>(
  lists: readonly (readonly T[])[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  const places = lists.map((list) => {
    let at = 0;
    return {
      lane: {
        get head() {
          return list[at];
        },
      },
      next: () => {
        at += 1;
      },
    };
  });
  const merged: T[] = [];
  for (;;) {
    const place = leastOf(places, compare);
    if (place?.lane.head === undefined) return merged;
    merged.push(place.lane.head);
    place.next();
  }
}

function encode(positions: readonly Position[]): string {
  return Buffer.from(JSON.stringify(positions)).toString("base64url");
}

function decode(cursor: string, shards: number): readonly Position[] {
  const value = parseJson(Buffer.from(cursor, "base64url").toString());
  const isPosition = (one: unknown) => typeof one === "string" || one === START || one === END;
  if (Array.isArray(value) && value.length === shards && value.every(isPosition)) {
    return value as readonly Position[];
  }
  throw new TroupeError(
    "CURSOR_INVALID",
    `cursor must be a next_cursor of the same list of the same ${shards} shards, got ${excerpt(cursor)}`,
  );
}
