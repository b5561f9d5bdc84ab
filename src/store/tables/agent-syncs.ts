/**
 * The syncs between the two tables of agents, so that a power cut leaves no row that is ahead of its
 * steps, and no steps of an agent whose row is gone, or was of an agent that had ended.
 */

import type { StoreRetry } from "../lance/retry-until-stored.ts";

export interface AgentSyncsOptions {
  /** Each resolves once all commits to its table so far are on the disk. */
  readonly steps: () => Promise<void>;
  readonly rows: () => Promise<void>;
  readonly retry: StoreRetry;
}

export class AgentSyncs {
  readonly #options: AgentSyncsOptions;
  /** True if no step has been appended since the last sync. */
  #areStepsSynced = true;
  /** True once the rows that earlier processes merged are on the disk. */
  #areFoundRowsSynced = false;

  constructor(options: AgentSyncsOptions) {
    this.#options = options;
  }

  stepsAppended(): void {
    this.#areStepsSynced = false;
  }

  /**
   * Before steps are appended that follow a row of an earlier process: the rows that this process found.
   */
  async foundRows(): Promise<void> {
    if (this.#areFoundRowsSynced) return;
    await this.#options.retry.run(() => this.#options.rows());
    this.#areFoundRowsSynced = true;
  }

  /** Before rows are merged: the steps that they build on. */
  async beforeRows(): Promise<void> {
    if (this.#areStepsSynced) return;
    this.#areStepsSynced = true; // steps that are appended from now on are in no row that was taken
    try {
      await this.#options.retry.run(() => this.#options.steps());
    } catch (thrown) {
      this.#areStepsSynced = false;
      throw thrown;
    }
  }

  /** Before steps of an agent are appended that had no living row: its row, which was merged. */
  async beforeFirstSteps(): Promise<void> {
    await this.#options.retry.run(() => this.#options.rows());
  }
}
