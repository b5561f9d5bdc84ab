/** The queue of the process that owns the database; it accepts nothing once another process has it. */

import { waitAtMost } from "../deadline.ts";
import type { ActionRow } from "../model/action.ts";
import { TroupeError } from "../model/errors.ts";
import { JournaledQueue, type JournaledQueueOptions } from "./journal/journaled-queue.ts";

/** Milliseconds that a check may hold an action up: a store that hangs must not stop the journal. */
const CHECK_MS_MAX = 500;

export class OwnedQueue extends JournaledQueue {
  readonly #admit: () => Promise<void> | undefined;

  /** @param admit throws, or rejects, with `DATABASE_LOST` if another process has the database */
  constructor(admit: () => Promise<void> | undefined, options: JournaledQueueOptions) {
    super(options);
    this.#admit = admit;
  }

  // Without the check, the journal would accept an action that no process carries out.
  override async append(actions: readonly ActionRow[], isOffered = false): Promise<void> {
    const check = this.#admit()?.catch(unlessLost);
    if (check !== undefined) await waitAtMost(check, CHECK_MS_MAX);
    await super.append(actions, isOffered);
  }
}

/** While the store fails, the journal takes actions all the same. */
function unlessLost(error: unknown): void {
  if (error instanceof TroupeError && error.code === "DATABASE_LOST") throw error;
}
