/**
 * A database of a test's own, and its test as the supervisor: it may hold the lock, write rows and
 * end actions, while commands look on from their own processes.
 */

import { join } from "node:path";
import type { ActionOutcome, ActionRow } from "../../src/model/action.ts";
import type { ErrorData } from "../../src/model/error-data.ts";
import { acquireLock } from "../../src/store/ownership/lock.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { makeTempFolder } from "../support/temp-folder.ts";
import { until } from "../support/until.ts";

export interface TestDatabase extends AsyncDisposable {
  /** The folder around it: the working directory of commands. */
  readonly cwd: string;
  readonly location: string;
  readonly store: Store;
  /** Makes this process the supervisor until disposed. */
  supervise(): Promise<AsyncDisposable>;
  /** Ends the first action that comes to the queue, as a supervisor does; resolves with its row. */
  endNext(outcome: ActionOutcome, error?: ErrorData): Promise<ActionRow>;
}

export async function makeDatabase(): Promise<TestDatabase> {
  const folder = await makeTempFolder();
  const location = join(folder.path, "data/troupe");
  const store = await openStore({ location });
  return {
    cwd: folder.path,
    location,
    store,
    supervise: () => acquireLock(location),
    endNext: async (outcome, error) => {
      const row = await until(async () => (await store.queue.list({ status: "pending" })).items[0]);
      const ack = { outcome, error: error ?? null, attempts: 0, processed_at: Date.now() };
      await store.queue.ack([{ id: row.id, ...ack }]);
      return row;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
