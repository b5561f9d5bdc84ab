/** What every managed agent is given: all of them share it. Types only. */

import type { Logger } from "pino";
import type { AgentRow } from "../model/agent.ts";
import type { Progress } from "../model/agent-view.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { AgentId } from "../model/ids.ts";
import type { AgentRecord } from "./agent-record.ts";
import type { SettingsOfTypes } from "./catalog/settings-of-types.ts";
import type { RestScheduler } from "./residency.ts";
import type { SpawnChild } from "./thread/spawner.ts";

export interface AgentOptions {
  readonly log: Logger;
  readonly spawn: SpawnChild;
  readonly residency: RestScheduler;
  /** Read for each start. */
  readonly typeSettings: () => SettingsOfTypes;
  /** Milliseconds for `onStop` after the last step of the row's agent. */
  readonly graceMs: (row: AgentRow) => number;
  /** Awaited before a thread is made in the background: the store has room for its row. */
  readonly ready: () => Promise<void>;
  /** Called with the progress that a running step reports. Nothing of it is stored. */
  readonly onProgress: (id: AgentId, progress: Progress) => void;
  /** Called for each failure after which an agent is started again. */
  readonly onRestart: () => void;
  /** Called with the error of a failed start that is not retried. */
  readonly onStartFailed: (id: AgentId, error: ErrorData) => void;
  /** Called with the error of a row that was not stored. */
  readonly onUnstored: (id: AgentId, error: ErrorData) => void;
  /** Called when the agent has no thread and will get none: it is `stopped` or in `error`. */
  readonly onGone: (record: AgentRecord) => void;
}
