/** The queue of the process that owns the database; it accepts nothing once another process has it. */

import type { ActionRow } from "../model/action.ts";
import { JournaledQueue, type JournaledQueueOptions } from "./journal/journaled-queue.ts";
import type { Fence } from "./ownership/fence.ts";

export class OwnedQueue extends JournaledQueue {
  readonly #admit: Fence["admitToJournal"];

  constructor(admit: Fence["admitToJournal"], options: JournaledQueueOptions) {
    super(options);
    this.#admit = admit;
  }

  override async append(actions: readonly ActionRow[], isOffered = false): Promise<void> {
    await this.#admit();
    await super.append(actions, isOffered);
  }
}
