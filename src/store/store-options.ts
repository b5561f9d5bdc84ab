/** How the database is opened: for a look, or by the process that runs it. */

import type { Shard } from "../model/shard.ts";
import type { LeftJournal } from "./journal/left-journal.ts";
import type { JanitorLimits } from "./lance/janitor.ts";
import type { ClaimRequest } from "./ownership/claim.ts";
import type { StoreLog } from "./store-log.ts";

export interface StoreOptions {
  /** A folder, or a URI such as `s3://bucket/path`. */
  readonly location: string;
  /** Settings of an object store by the names of their environment variables: keys, region, address. */
  readonly storage?: Readonly<Record<string, string>>;
  readonly log?: StoreLog;
  /**
   * Makes this process compact and repair the tables. Only for the process that holds the lock: of a
   * compaction and another process's update at the same time one fails. `{}` means the defaults.
   */
  readonly janitor?: Partial<JanitorLimits>;
  /**
   * Milliseconds that processed actions and steps are kept; left out: forever. Only for the process
   * that holds the lock.
   */
  readonly keptMs?: number;
  /**
   * Puts a journal in front of the table `queue`; `folder` is on this machine. Only for the process that
   * holds the lock.
   */
  readonly journal?: {
    readonly folder: string;
    readonly acksInTable: boolean;
    readonly tableAckMsMax?: number;
  };
  /** Claims the database for this process, before anything in it is changed. */
  readonly claim?: ClaimRequest;
  /** The shard of a fleet that the database must be; null if it must not be one; left out: whatever it is. */
  readonly shard?: Shard | null;
  /** Shows the actions that only the journal of an ended process has. For every other process. */
  readonly left?: LeftJournal;
}
