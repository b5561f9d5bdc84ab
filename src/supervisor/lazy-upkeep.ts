/**
 * The upkeep of an agent and the signal that ends it, both made when they are first needed: in a large
 * fleet most agents rest from the start of the process on, and need neither.
 */

import type { AgentOptions } from "./agent-options.ts";
import type { AgentRecord } from "./agent-record.ts";
import { AgentUpkeep } from "./agent-upkeep.ts";
import type { Child } from "./thread/child.ts";
import type { AgentParts } from "./upkeep-options.ts";

export class LazyUpkeep {
  readonly #record: AgentRecord;
  /** Its fields are set only after this is made. */
  readonly #agent: AgentParts;
  readonly #options: AgentOptions;
  #made: AgentUpkeep | undefined;
  /** Node makes its signal when that is first read. */
  readonly #ending = new AbortController();
  /** True once it has fired: known without the signal. */
  #isEnding = false;

  constructor(record: AgentRecord, agent: AgentParts, options: AgentOptions) {
    this.#record = record;
    this.#agent = agent;
    this.#options = options;
  }

  get(): AgentUpkeep {
    if (this.#made === undefined) {
      const { rest, effects } = this.#agent;
      const options = { ...this.#options, rest, effects };
      this.#made = new AgentUpkeep(this.#record, this.#ending.signal, options);
    }
    return this.#made;
  }

  get child(): Child | undefined {
    return this.#made?.child;
  }

  /** True if the agent's last step was `done` and its restart type does not start it again. */
  get isOver(): boolean {
    return this.#record.row.exit_reason?.reason === "finished" && this.get().isOver;
  }

  /** True once the agent is ended from outside: it is not started again. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** No thread is started from now on; {@link AgentUpkeep.end} then ends the agent in its row. */
  beginEnd(): void {
    this.#isEnding = true;
    this.#ending.abort();
  }

  /** Gives the agent a thread; failures lead to restarts. Never rejects. */
  giveThread(): Promise<void> {
    return this.get().giveThread();
  }

  forgetFailedSteps(): void {
    this.#made?.forgetFailedSteps();
  }
}
