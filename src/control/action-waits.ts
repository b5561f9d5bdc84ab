/**
 * Waits for the end of actions by events, without polling the table. The table is read once for the rows,
 * and again at the deadline, because an end caused by another row with the same id has no event.
 */

import type { EventBus } from "../event-bus.ts";
import type { ActionRow } from "../model/action.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";

/** Ids remembered as processed: an action may end before its caller can wait for it. */
const RECENT_MAX = 20_000;

export interface WaitOptions {
  readonly ms: number;
  /** Fires when the caller has gone. */
  readonly signal: AbortSignal;
  /** True if the actions may be older than this request. */
  readonly isOld: boolean;
}

export class ActionWaits implements Disposable {
  readonly #table: Pick<QueueTable, "find" | "findAll">;
  readonly #waitersMax: number;
  readonly #subscription: Disposable;
  /** Called when the action with this id ends. */
  readonly #waiters = new Map<string, Set<() => void>>();
  /** The last processed ids, oldest first. */
  readonly #recent = new Set<string>();
  readonly #closing = new AbortController();
  #count = 0;

  constructor(events: EventBus, table: Pick<QueueTable, "find" | "findAll">, waitersMax: number) {
    this.#table = table;
    this.#waitersMax = waitersMax;
    this.#subscription = events.subscribe((event) => {
      if (event.type === "action.processed") this.#onProcessed(event.data.id);
    });
  }

  /**
   * The actions in the order of `ids`, once all are processed; undefined if they are not in time, or if
   * too many callers wait already.
   */
  async wait(
    ids: readonly string[],
    options: WaitOptions,
  ): Promise<readonly ActionRow[] | undefined> {
    if (this.#count >= this.#waitersMax || options.ms <= 0) return undefined;
    this.#count += 1;
    try {
      return await this.#wait(ids, options);
    } finally {
      this.#count -= 1;
    }
  }

  /** Ends all waits. */
  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#closing.abort();
  }

  async #wait(ids: readonly string[], { ms, signal, isOld }: WaitOptions) {
    const early = isOld ? await this.#read(ids) : undefined;
    if (early !== undefined) return early;
    const ended = Promise.withResolvers<void>();
    const open = new Set(ids.filter((id) => !this.#recent.has(id)));
    const listeners = [...open].map((id) => {
      const listener = () => {
        open.delete(id);
        if (open.size === 0) ended.resolve();
      };
      this.#listen(id, listener);
      return [id, listener] as const;
    });
    const given = AbortSignal.any([signal, this.#closing.signal]);
    const timer = setTimeout(ended.resolve, ms);
    given.addEventListener("abort", () => ended.resolve(), { once: true });
    if (open.size === 0 || given.aborted) ended.resolve();
    await ended.promise;
    clearTimeout(timer);
    for (const [id, listener] of listeners) this.#forget(id, listener);
    return given.aborted ? undefined : await this.#read(ids);
  }

  /** Undefined unless all are processed. */
  async #read(ids: readonly string[]): Promise<readonly ActionRow[] | undefined> {
    const found = await this.#find(ids);
    const rows = ids.map((id) => found.get(id)).filter((row) => row?.processed === true);
    return rows.length === ids.length ? (rows as readonly ActionRow[]) : undefined;
  }

  /** Thousands may wait for one action each: their lookups share queries. */
  async #find(ids: readonly string[]): Promise<ReadonlyMap<string, ActionRow | undefined>> {
    const [id] = ids;
    if (id === undefined || ids.length > 1) return await this.#table.findAll(ids);
    return new Map([[id, await this.#table.find(id)]]);
  }

  #listen(id: string, listener: () => void): void {
    const listeners = this.#waiters.get(id) ?? new Set();
    this.#waiters.set(id, listeners.add(listener));
  }

  #forget(id: string, listener: () => void): void {
    const listeners = this.#waiters.get(id);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#waiters.delete(id);
  }

  #onProcessed(id: string): void {
    this.#recent.add(id);
    if (this.#recent.size > RECENT_MAX) {
      const [oldest = ""] = this.#recent;
      this.#recent.delete(oldest);
    }
    for (const listener of this.#waiters.get(id) ?? []) listener();
  }
}
