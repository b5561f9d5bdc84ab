/**
 * The only write path of effects. A row is durable by the journal, if there is one; the table follows with
 * the next flush of steps, which waits for it, or within the pace's `lazyMs`.
 */

import type { EffectRow } from "../../model/effect.ts";
import { TroupeError } from "../../model/errors.ts";
import { cutByCommit, type EncodedRow, encodeRow } from "../lance/codec.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import { StoreRetry } from "../lance/retry-until-stored.ts";
import { type EffectJournal, KeptEffects, type KeptEffectsOptions } from "./kept-effects.ts";
import { UnwrittenEffects } from "./unwritten-effects.ts";

export interface EffectWritesOptions {
  /** Left out: a row is durable once the table has it. */
  readonly journal?: EffectJournal | undefined;
  /** True: a row is answered only once the table has it, too. */
  readonly acksInTable: boolean;
  readonly admit: KeptEffectsOptions["admit"];
  /** Milliseconds that a row waits for a flush of steps. */
  readonly lazyMs: number;
  readonly append: (rows: readonly EncodedRow[]) => Promise<void>;
  /** Appends those that the table lacks. */
  readonly appendMissing: (rows: readonly EncodedRow[]) => Promise<void>;
  /** Resolves once all appended rows are on the disk. */
  readonly sync: () => Promise<void>;
}

/** Bytes of waiting rows from which {@link EffectWrites.ready} makes callers wait. */
const BYTES_READY = 32 * 2 ** 20;
/** Bytes of rows that the table lacks beyond which {@link EffectWrites.keep} waits. */
const BYTES_MAX = 256 * 2 ** 20;
const COMMITS_WAITING_MAX = 1_000_000;

export class EffectWrites {
  readonly #options: EffectWritesOptions;
  readonly #unwritten = new UnwrittenEffects();
  readonly #kept: KeptEffects | undefined;
  /** Each flush writes all rows; further callers share the next one. */
  readonly #flushes: GroupCommit<void>;
  readonly #retry = new StoreRetry();
  #timer: NodeJS.Timeout | undefined;
  /** True if the table may have rows that count as unwritten. */
  #isUnsure: boolean;
  /** Callers that wait until a flush takes the waiting rows. */
  #room: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  constructor(options: EffectWritesOptions) {
    this.#options = options;
    const { journal, admit, sync } = options;
    const hasRoom = () => this.#unwritten.bytes <= BYTES_MAX;
    const left = journal?.takeLeft() ?? [];
    this.#kept = journal && new KeptEffects({ journal, left, admit, sync, hasRoom });
    this.#flushes = new GroupCommit({
      name: "agent_effects",
      flush: () => this.#write(),
      gapMs: 0,
      weightReady: COMMITS_WAITING_MAX,
      weightMax: COMMITS_WAITING_MAX,
    });
    this.#isUnsure = left.length > 0;
    for (const kept of left) this.#add(kept.row, [kept]);
  }

  /** The rows that the table may lack. */
  rows(): readonly EffectRow[] {
    return this.#unwritten.rows();
  }

  /** How much waits: from 1 on {@link ready} waits. */
  get pressure(): number {
    return this.#unwritten.waitingBytes / BYTES_READY;
  }

  /** Backpressure: resolves when there is room. */
  async ready(): Promise<void> {
    while (this.pressure >= 1 && !this.#isClosed) {
      this.#room ??= Promise.withResolvers();
      await this.#room.promise;
    }
  }

  /**
   * Stores a state of an effect; resolves once it would survive the end of this process, and with a journal
   * a power cut. A write that the store refuses is retried without limit.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if too much waits, or after {@link stopRetryingAfter};
   * `DATABASE_LOST` if another process has taken over; `RECORD_INVALID` if it can never be stored.
   */
  async keep(row: EffectRow): Promise<void> {
    const { journal, acksInTable } = this.#options;
    if (this.#isClosed) throw new TroupeError("STORE_UNAVAILABLE", "agent_effects is closed");
    const entry = journal && { seq: journal.nextSeq(), row };
    const refusal = entry && this.#kept?.refusal(entry);
    if (refusal !== undefined) throw refusal;
    this.#add(row, entry === undefined ? [] : [entry]);
    if (entry !== undefined) await this.#kept?.add(entry);
    if (journal === undefined || acksInTable) await this.flush();
  }

  /**
   * Stores a state with the next flush, which comes before the one of any step that is recorded later.
   * After {@link close} it is ignored, as is the step that it belongs to.
   * @throws {TroupeError} `RECORD_INVALID` if it can never be stored.
   */
  note(row: EffectRow): void {
    if (!this.#isClosed) this.#add(row, []);
  }

  /**
   * Writes all rows; undefined if there are none.
   * @throws {TroupeError} `STORE_UNAVAILABLE` after {@link stopRetryingAfter}; `DATABASE_LOST`.
   */
  flush(): Promise<void> | undefined {
    return this.#unwritten.isEmpty ? undefined : this.#flushes.add();
  }

  /** Resolves once all rows in the table are on the disk. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  sync(): Promise<void> {
    return this.#options.sync();
  }

  /** For the end of the process: after `ms` milliseconds a refusal by the store is final. */
  stopRetryingAfter(ms: number): void {
    this.#retry.stopAfter(ms);
    this.#kept?.stopRetryingAfter(ms);
  }

  /** Writes all rows; those that the table refuses stay in the journal. Later ones are refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#room?.resolve();
    await this.flush()?.catch(() => undefined);
    await this.#flushes.close();
    clearTimeout(this.#timer);
    await this.#kept?.close();
  }

  #add(row: EffectRow, kept: Parameters<KeptEffects["setWritten"]>[0]): void {
    const encoded = encodeRow("agent_effects", row);
    this.#unwritten.add({ row, encoded, kept });
    if (this.pressure >= 1) this.#flushSoon();
    else this.#timer ??= setTimeout(() => this.#flushSoon(), this.#options.lazyMs).unref();
  }

  /** The store logs its faults, and the rows stay. */
  #flushSoon(): void {
    this.flush()?.catch(() => undefined);
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const taken = this.#unwritten.take();
    this.#room?.resolve();
    this.#room = undefined;
    const rows = taken.map(({ encoded }) => encoded);
    let count = 0;
    try {
      for (const part of cutByCommit(rows)) {
        await this.#append(part);
        const written = taken.slice(count, count + part.length);
        count += part.length;
        this.#unwritten.setWritten(written);
        this.#kept?.setWritten(written.flatMap(({ kept }) => kept));
      }
      this.#isUnsure = false;
    } catch (thrown) {
      this.#isUnsure = true;
      this.#unwritten.putBack();
      throw thrown;
    }
  }

  async #append(rows: readonly EncodedRow[]): Promise<void> {
    const { append, appendMissing } = this.#options;
    await this.#retry.run((attempt) =>
      attempt === 1 && !this.#isUnsure ? append(rows) : appendMissing(rows),
    );
  }
}
