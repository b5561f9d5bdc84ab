/**
 * `troupe agent watch`: prints each step and each change of status as it is stored, by reading the
 * tables; works beside any supervisor, and without one.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { AgentRow, AgentStatus } from "../model/agent.ts";
import { parseAgentId } from "../model/ids.ts";
import { Doorbell } from "../queue/doorbell.ts";
import type { LockHolder } from "../store/lock.ts";
import { unknownAgent } from "./agent-list.ts";
import { asSeen, type Database, openDatabase } from "./database.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { DatabaseOptions } from "./options.ts";
import { note, type OutputFormat, type OutputOptions, print } from "./output.ts";
import { statusLine, stepLine } from "./watch-lines.ts";

/** Milliseconds between two looks at the tables where nothing rings. */
const LOOK_PERIOD_MS = 500;
/** Least milliseconds between two looks, however often it rings. */
const LOOK_GAP_MS = 100;
/** Rows of one read; what is more is read at once afterwards. */
const PAGE_ROWS = 1_000;

export type WatchOptions = DatabaseOptions & OutputOptions;

/** Ends with SIGINT or SIGTERM. @throws {TroupeError} `AGENT_UNKNOWN` for an id that is not there. */
export async function watchAgents(
  given: string | undefined,
  options: WatchOptions,
): Promise<ExitCode> {
  const agentId = given === undefined ? undefined : parseAgentId(given);
  await using database = await openDatabase(options);
  const watch = new Watch(database, agentId, options);
  await watch.begin();
  await watch.run();
  return exitCodes.ok;
}

class Watch {
  readonly #database: Database;
  readonly #agentId: string | undefined;
  readonly #output: OutputFormat;
  readonly #doorbell = new Doorbell();
  /** Last status shown of each agent: as many entries as there are rows. */
  readonly #statuses = new Map<string, AgentStatus>();
  /** Where the steps shown so far end. */
  #cursor: string | undefined;
  #holder: LockHolder | undefined;
  #isEnding = false;

  constructor(database: Database, agentId: string | undefined, { output }: OutputOptions) {
    this.#database = database;
    this.#agentId = agentId;
    this.#output = output;
  }

  /** Remembers how things are now: only what comes after is shown. */
  async begin(): Promise<void> {
    this.#holder = await this.#database.findHolder();
    this.#cursor = (await this.#stepsSince()).cursor;
    const rows = await this.#readAgents();
    const [first] = rows;
    if (this.#agentId !== undefined && first === undefined) throw unknownAgent(this.#agentId);
    for (const row of rows) this.#statuses.set(row.agent_id, row.status);
    const what = this.#agentId === undefined ? `${rows.length} agents` : this.#agentId;
    const isNow = this.#agentId === undefined ? "" : `, now ${first?.status}`;
    note(`watching ${what}${isNow}; Ctrl-C ends it`);
    this.#tellHolder();
  }

  async run(): Promise<void> {
    const end = () => {
      this.#isEnding = true;
      this.#doorbell.ring();
    };
    process.once("SIGINT", end).once("SIGTERM", end);
    using _watch = this.#database.store.queue.watch(() => this.#doorbell.ring());
    try {
      while (!this.#isEnding) {
        await this.#look();
        await delay(LOOK_GAP_MS);
        await this.#doorbell.wait(LOOK_PERIOD_MS);
      }
    } finally {
      process.off("SIGINT", end).off("SIGTERM", end);
    }
  }

  /**
   * An agent that begins is told of before its steps, any other change after them. Statuses are read
   * first: steps are stored before the status that they led to, so none of them is missing then.
   */
  async #look(): Promise<void> {
    await this.#lookForHolder();
    const rows = await this.#readAgents();
    for (const row of rows) if (isBeginning(row)) this.#showStatus(row);
    await this.#showSteps();
    for (const row of rows) this.#showStatus(row);
  }

  async #showSteps(): Promise<void> {
    for (;;) {
      const { items, cursor } = await this.#stepsSince();
      this.#cursor = cursor;
      for (const step of items) print(stepLine(step, this.#output));
      if (items.length < PAGE_ROWS) return;
    }
  }

  #showStatus(row: AgentRow): void {
    const before = this.#statuses.get(row.agent_id);
    if (before === row.status) return;
    this.#statuses.set(row.agent_id, row.status);
    print(statusLine(row, before, this.#output));
  }

  async #lookForHolder(): Promise<void> {
    const holder = await this.#database.findHolder();
    const hasChanged = holder?.pid !== this.#holder?.pid;
    this.#holder = holder;
    if (hasChanged) this.#tellHolder();
  }

  #tellHolder(): void {
    const { location } = this.#database;
    if (this.#holder === undefined) note(`no supervisor runs on ${location} now`);
    else note(`process ${this.#holder.pid} runs the agents of ${location}`);
  }

  #stepsSince() {
    return this.#database.store.steps.listSince({
      limit: PAGE_ROWS,
      ...(this.#agentId === undefined ? {} : { agentId: this.#agentId }),
      ...(this.#cursor === undefined ? {} : { cursor: this.#cursor }),
    });
  }

  /** As seen; all rows of the table, page by page, or the one that is watched. */
  async #readAgents(): Promise<readonly AgentRow[]> {
    const { agents } = this.#database.store;
    const rows: AgentRow[] = [];
    if (this.#agentId !== undefined) {
      const row = await agents.find(this.#agentId);
      if (row !== undefined) rows.push(row);
    } else {
      let cursor: string | null | undefined;
      do {
        const page = await agents.list({ limit: PAGE_ROWS, ...(cursor ? { cursor } : {}) });
        rows.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
    }
    return rows.map((row) => asSeen(row, this.#holder));
  }
}

function isBeginning({ status }: AgentRow): boolean {
  return status === "starting" || status === "running";
}
