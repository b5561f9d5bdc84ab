/** Whether this process may still write to its database. */

import type { TroupeError } from "../../model/errors.ts";
import type { Claim } from "./claim.ts";

export class Fence {
  readonly #lost = Promise.withResolvers<TroupeError>();
  /** The reason to write no more. */
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

  /** Checks now, whatever was found before. Rejects with `DATABASE_LOST`. */
  readonly confirm = async (): Promise<void> => {
    if (this.lostBy !== undefined) throw this.lostBy;
    await this.claim?.confirm();
  };
}
