/**
 * Keeps the pool of the gateway: makes it when it is needed, and knows if BAML cannot be loaded. Then
 * calls fail immediately, and BAML is tried again in the background.
 */

import { withDeadline } from "../deadline.ts";
import { TroupeError } from "../model/errors.ts";
import type { CallPool } from "./pool.ts";

/** Milliseconds from one failed load to the next try; loading costs a second of processor. */
const RETRY_MS = 60_000;
/** Milliseconds after which a load is taken as failed: its native library never returns. */
const LOAD_MS_MAX = 60_000;
/** Milliseconds that a close waits for a pool that is being made. */
const CLOSE_MS = 5_000;

export interface PoolKeeperOptions {
  /** The environment of the pool's threads. */
  readonly env: Readonly<Record<string, string>>;
  /** In place of {@link LOAD_MS_MAX}. */
  readonly loadMs?: number | undefined;
}

export class PoolKeeper {
  readonly #options: PoolKeeperOptions;
  /** The pool, made or being made; undefined until it is needed, and after a failure. */
  #pool: Promise<CallPool> | undefined;
  #fault: TroupeError | undefined;
  /** When the last load failed, on the clock of `performance.now()`. */
  #failedAt = Number.NEGATIVE_INFINITY;
  /** Ends the load that is under way. */
  #late: AbortController | undefined;

  constructor(options: PoolKeeperOptions) {
    this.#options = options;
  }

  /** Why no model can be called; undefined if one can, or if that is not known yet. */
  get fault(): TroupeError | undefined {
    return this.#fault;
  }

  /** The pool, for a call. @throws {TroupeError} `LLM_RUNTIME_BROKEN`, immediately if that is known. */
  async get(): Promise<CallPool> {
    const fault = this.#fault;
    if (fault === undefined) return await this.open();
    const isDue = performance.now() - this.#failedAt >= RETRY_MS;
    if (isDue) this.open().catch(() => undefined);
    throw fault;
  }

  /** Makes the pool, however often that has failed. @throws {TroupeError} `LLM_RUNTIME_BROKEN`. */
  open(): Promise<CallPool> {
    this.#pool ??= this.#load();
    return this.#pool;
  }

  /** Ends the pool, or the loading of it. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#late?.abort(), CLOSE_MS);
    const pool = await this.#pool?.catch(() => undefined);
    clearTimeout(timer);
    await pool?.close();
  }

  async #load(): Promise<CallPool> {
    const { env, loadMs = LOAD_MS_MAX } = this.#options;
    const late = new AbortController();
    this.#late = late;
    try {
      const loading = loadPool(env, late.signal);
      const pool = await withDeadline(loading, loadMs, () => hanging(loadMs));
      this.#fault = undefined;
      return pool;
    } catch (cause) {
      late.abort();
      this.#pool = undefined;
      this.#failedAt = performance.now();
      this.#fault = runtimeBroken(cause);
      throw this.#fault;
    }
  }
}

/** Imports the pool, and Piscina with it, when it is needed. */
async function loadPool(
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<CallPool> {
  const { openPool } = await import("./pool.ts");
  return await openPool(env, signal);
}

/** The message is public: the cause, with its paths, is for the log. */
function runtimeBroken(cause: unknown): TroupeError {
  const message = "BAML cannot be loaded, so no model can be called";
  return new TroupeError("LLM_RUNTIME_BROKEN", message, { cause });
}

function hanging(ms: number): Error {
  return new Error(`it was not loaded within ${ms / 1_000} s`);
}
