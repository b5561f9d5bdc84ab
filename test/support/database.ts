/** A database of a test's own in a folder of its own, seen from a process beside the supervisor's. */

import { join } from "node:path";
import { type Database as OpenDatabase, openLocation } from "../../src/fleet/open-database.ts";
import { TableFleet } from "../../src/fleet/table-fleet.ts";
import type { AgentRow, AgentStatus } from "../../src/model/agent.ts";
import type { ActionView, ListedRow } from "../../src/model/agent-view.ts";
import type { StepRow } from "../../src/model/step.ts";
import { loadSettings } from "../../src/settings/config.ts";
import type { Store } from "../../src/store/store.ts";
import { inPages } from "./in-pages.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { until } from "./until.ts";

/** Longest that an action is waited for, in milliseconds; a test's own timeout comes before it. */
const WAIT_MS = 120_000;

export class Database implements AsyncDisposable {
  /** The folder around the database: the program's working directory. */
  readonly folder: string;
  readonly location: string;
  readonly store: Store;
  readonly queue: TableFleet;
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder, queue: TableFleet, { location, store }: OpenDatabase) {
    this.#folder = folder;
    this.folder = folder.path;
    this.location = location;
    this.store = store;
    this.queue = queue;
  }

  static async make(): Promise<Database> {
    const folder = await makeTempFolder();
    const location = join(folder.path, "data/troupe");
    const database = await openLocation({ location, local: null, storage: {} });
    const readSettings = async () => loadSettings({ flags: { db: location }, env: {} });
    return new Database(folder, new TableFleet(database, { readSettings }), database);
  }

  /** The processed action. */
  processed(actionId: string | Promise<string>): Promise<ActionView> {
    return Promise.resolve(actionId).then((id) => this.queue.actionWait(id, WAIT_MS));
  }

  /** The agent's row once `holds` is true of it. */
  agent(agentId: string, holds: (row: AgentRow) => boolean): Promise<AgentRow> {
    return until(async () => {
      const row = await this.store.agents.find(agentId);
      return row !== undefined && holds(row) ? row : undefined;
    });
  }

  /** Resolves once `holds` is true of this many agents. Looks at all of them at once. */
  async agents(count: number, holds: (row: ListedRow) => boolean): Promise<void> {
    await until(async () => {
      const { items } = await this.store.agents.list({ limit: 1_000 });
      return items.filter(holds).length === count;
    });
  }

  status(agentId: string, status: AgentStatus): Promise<AgentRow> {
    return this.agent(agentId, (row) => row.status === status);
  }

  /** All steps of the agent, oldest first. */
  async steps(agentId: string): Promise<readonly StepRow[]> {
    const steps = await inPages(1_000, (page) => this.store.steps.list(agentId, page));
    return steps.reverse();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}
