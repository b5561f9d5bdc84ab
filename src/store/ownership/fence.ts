/**
 * Whether this process may still write to its database: no commit begins, and no action is accepted, if the
 * last check of the claim is older than two seconds, so a process that was stopped checks before it writes.
 * While nothing is written, checks are as rare as the store's pace (store-pace.ts).
 *
 * A commit that was admitted and is late all the same is refused by the seal of the next owner (lance/seal.ts,
 * own-writer.ts, own-handle.ts). In the tables that others write as well one can come through, if a process was
 * stopped between its check and its look for the table's version: of actions that it had accepted or carried out.
 */

import { waitAtMost } from "../../deadline.ts";
import { TroupeError } from "../../model/errors.ts";
import type { Claim } from "./claim.ts";

/** Milliseconds that a check may hold the journal up. */
const CHECK_MS_MAX = 500;

export class Fence {
  readonly #lost = Promise.withResolvers<TroupeError>();
  /** Why this process must no longer write. */
  lostBy: TroupeError | undefined;
  /** Undefined in a process that does not own the database. */
  claim: Claim | undefined;

  /** Resolves with the reason once another process has the database. */
  get lost(): Promise<TroupeError> {
    return this.#lost.promise;
  }

  readonly close = (reason: TroupeError): void => {
    this.lostBy ??= reason;
    this.#lost.resolve(this.lostBy);
  };

  /** For what is stored or accepted now. @throws {TroupeError} `DATABASE_LOST`; so may the promise. */
  readonly admit = (): Promise<void> | undefined => {
    if (this.lostBy !== undefined) throw this.lostBy;
    return this.claim?.admit();
  };

  /**
   * {@link admit} for what the journal accepts, which no process would ever see if another one has the
   * database. A store that fails or hangs does not stop the journal.
   */
  readonly admitToJournal = (): Promise<unknown> | undefined => {
    const check = this.admit();
    return check && waitAtMost(check.catch(unlessLost), CHECK_MS_MAX);
  };

  /** Checks now, whatever was found before. Rejects with `DATABASE_LOST`. */
  readonly confirm = async (): Promise<void> => {
    if (this.lostBy !== undefined) throw this.lostBy;
    await this.claim?.confirm();
  };
}

function unlessLost(error: unknown): void {
  if (error instanceof TroupeError && error.code === "DATABASE_LOST") throw error;
}
