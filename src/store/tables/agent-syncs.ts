/**
 * The syncs between the two tables of agents, so that a power cut leaves no row that is ahead of its
 * steps, and no steps of a generation whose first row is gone: a start could not tell whose they are.
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

  constructor(options: AgentSyncsOptions) {
    this.#options = options;
  }

  stepsAppended(): void {
    this.#areStepsSynced = false;
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

  /** Before steps of a generation are appended: its first row, which was merged. */
  async beforeFirstSteps(): Promise<void> {
    await this.#options.retry.run(() => this.#options.rows());
  }
}
