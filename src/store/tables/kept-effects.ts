/**
 * The rows of effects in the journal: each until the table has it on the disk. A row is durable once the
 * journal has it; while the journal takes nothing, its callers wait.
 *
 * `keep` resolves once a row is durable: in the journal's file, in the same transactions as actions, and
 * with `TROUPE_ACK=table`, or in a process without a journal, in the table as well. `note` makes nothing
 * durable; it is for effects whose step ends right after. An entry leaves the journal once the commit
 * with its row is on the disk. After a power cut there is every effect that `keep` has answered, and
 * every effect of a step that an agent's row builds on; a step of the last second can lose rows that were
 * only noted.
 */

import { backoffMs } from "../../model/backoff.ts";
import { TroupeError } from "../../model/errors.ts";
import { GroupCommit } from "../lance/group-commit.ts";
import { StoreRetry } from "../lance/retry-until-stored.ts";
import type { Fence } from "../ownership/fence.ts";
import { bytesOf, type KeptEffect } from "./unwritten-effects.ts";

/** Where rows are durable before the table has them. */
export interface EffectJournal {
  /** Those of an earlier process, oldest first; empty from the second call on. */
  takeLeft(): readonly KeptEffect[];
  nextSeq(): number;
  /** Resolves once they are on the disk; may be repeated. @throws {TroupeError} `STORE_UNAVAILABLE`. */
  add(effects: readonly KeptEffect[]): Promise<void>;
  /** @throws {TroupeError} `STORE_UNAVAILABLE`. */
  remove(effects: readonly KeptEffect[]): Promise<void>;
}

export interface KeptEffectsOptions {
  readonly journal: EffectJournal;
  /** What the journal has of an earlier process. */
  readonly left: readonly KeptEffect[];
  /** Throws, or rejects, with `DATABASE_LOST` if another process has the database. */
  readonly admit: Fence["admitToJournal"];
  /** False while too much waits for the table. */
  readonly hasRoom: () => boolean;
  /** Resolves once all that was written to the table is on the disk. */
  readonly sync: () => Promise<void>;
}

/** Milliseconds from a write to the table until the entries of its rows are removed. */
const CLEAN_MS = 1_000;
const BACKOFF = { baseMs: 1_000, maxMs: 10_000 };
/** Rows in the journal beyond which none is accepted. */
const ENTRIES_MAX = 100_000;
/** Bytes that may wait for one transaction; a further row is refused. */
const BYTES_GATHERED_MAX = 256 * 2 ** 20;

export class KeptEffects {
  readonly #options: Omit<KeptEffectsOptions, "left">;
  readonly #adds: GroupCommit<KeptEffect>;
  readonly #retry = new StoreRetry();
  /** In the journal. */
  readonly #entries: Set<KeptEffect>;
  /** In the table. Of an effect that is written while the journal is busy, sooner than in the journal. */
  readonly #written = new Set<KeptEffect>();
  #timer: NodeJS.Timeout | undefined;
  /** The running removal. Never rejects. */
  #cleaning: Promise<void> | undefined;
  #failures = 0;
  #isClosed = false;

  constructor({ left, ...options }: KeptEffectsOptions) {
    this.#options = options;
    this.#entries = new Set(left);
    this.#adds = new GroupCommit({
      name: "agent_effects",
      flush: (effects) => this.#add(effects),
      gapMs: 0,
      weightReady: BYTES_GATHERED_MAX / 2,
      weightMax: BYTES_GATHERED_MAX,
    });
  }

  /** Why this row would be refused now. */
  refusal(effect: Pick<KeptEffect, "row">): TroupeError | undefined {
    return this.#adds.refusal(bytesOf(effect));
  }

  /**
   * Resolves once the row is on the disk.
   * @throws {TroupeError} `STORE_UNAVAILABLE` if too much waits, or after {@link stopRetryingAfter};
   * `DATABASE_LOST`.
   */
  add(effect: KeptEffect): Promise<void> {
    return this.#adds.add(effect, bytesOf(effect));
  }

  /** The table has these rows, or further ones: their entries can go once its commit is on the disk. */
  setWritten(effects: readonly KeptEffect[]): void {
    if (effects.length === 0) return;
    for (const effect of effects) this.#written.add(effect);
    this.#cleanLater(CLEAN_MS);
  }

  stopRetryingAfter(ms: number): void {
    this.#retry.stopAfter(ms);
  }

  /** Entries that cannot be removed stay for the next start. */
  async close(): Promise<void> {
    await this.#adds.close();
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#cleaning;
    await this.#clean().catch(() => undefined);
  }

  async #add(effects: readonly KeptEffect[]): Promise<void> {
    await this.#retry.run(async () => {
      const fits = this.#entries.size === 0 || this.#entries.size + effects.length <= ENTRIES_MAX;
      if (!fits || !this.#options.hasRoom()) throw full();
      await this.#options.admit();
      await this.#options.journal.add(effects);
    });
    for (const effect of effects) this.#entries.add(effect);
    if (this.#written.size > 0) this.#cleanLater(CLEAN_MS);
  }

  #cleanLater(ms: number): void {
    if (this.#isClosed || this.#cleaning !== undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#cleaning = this.#round();
    }, ms).unref();
  }

  /** Never rejects. */
  async #round(): Promise<void> {
    try {
      await this.#clean();
      this.#failures = 0;
    } catch {
      // The store has logged its fault.
      this.#failures += 1;
    }
    this.#cleaning = undefined;
    if (this.#written.size === 0) return;
    this.#cleanLater(Math.max(CLEAN_MS, backoffMs(BACKOFF, this.#failures, Math.random())));
  }

  async #clean(): Promise<void> {
    const done = [...this.#written].filter((effect) => this.#entries.has(effect));
    if (done.length === 0) return;
    await this.#options.sync();
    await this.#options.journal.remove(done);
    for (const effect of done) {
      this.#entries.delete(effect);
      this.#written.delete(effect);
    }
  }
}

function full(): TroupeError {
  const message = "too many effects wait until the table `agent_effects` takes rows again";
  return new TroupeError("STORE_UNAVAILABLE", message);
}
