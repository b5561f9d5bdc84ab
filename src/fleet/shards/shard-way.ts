/** The way to one shard of a fleet: opened when it is first used, and again if that failed. */

import type { ErrorCode } from "../../model/error-codes.ts";
import { TroupeError, toErrorData } from "../../model/errors.ts";
import { fleetClosed } from "../../model/fleet-errors.ts";
import { type Shard, shardText } from "../../model/shard.ts";
import type { Fleet } from "../fleet.ts";

export class ShardWay {
  readonly shard: Shard;
  readonly #open: () => Promise<Fleet>;
  #opening: Promise<Fleet> | undefined;
  #isClosed = false;
  /** The shard's fleet, once it was opened. */
  opened: Fleet | undefined;

  constructor(shard: Shard, open: () => Promise<Fleet>) {
    this.shard = shard;
    this.#open = open;
  }

  /** Calls `run` with the shard's fleet. @throws {TroupeError} any of its errors, named by {@link nameFault}. */
  async use<R>(run: (fleet: Fleet) => Promise<R>): Promise<R> {
    try {
      return await run(await this.#fleet());
    } catch (error) {
      throw this.nameFault(error);
    }
  }

  /** The error with the shard in its message, if it is one of the shard and not of what was requested. */
  nameFault(error: unknown): unknown {
    if (!(error instanceof TroupeError) || !isFault(error)) return error;
    if ("shard" in error.details) return error;
    const { index, count } = this.shard;
    return new TroupeError(error.code, `shard ${shardText(this.shard)}: ${error.message}`, {
      cause: error,
      details: { ...error.details, shard: index, shards: count },
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#opening?.then(
      (fleet) => fleet.close(),
      () => undefined,
    );
  }

  async #fleet(): Promise<Fleet> {
    if (this.#isClosed) throw fleetClosed();
    this.#opening ??= this.#open();
    try {
      this.opened = await this.#opening;
      return this.opened;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

/** Codes of a shard that cannot be used now; other errors are of the request. */
const faultCodes: ReadonlySet<string> = new Set<ErrorCode>([
  "SERVER_UNREACHABLE",
  "SERVER_NOT_READY",
  "SERVER_UNKNOWN",
  "TOKEN_REQUIRED",
  "HOST_FORBIDDEN",
  "STREAM_LIMIT",
  "STORE_UNAVAILABLE",
  "INTERNAL",
  "DATABASE_NOT_FOUND",
  "DATABASE_UNUSABLE",
  "DATABASE_NEWER",
  "SHARD_MISMATCH",
]);

/** True if the shard cannot be used now, and others might be. */
export function isFault(error: unknown): error is TroupeError {
  const { code } = toErrorData(error);
  return error instanceof TroupeError && faultCodes.has(code);
}
