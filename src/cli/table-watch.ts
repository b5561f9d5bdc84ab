/** Steps and changes of status as they are stored, by reading the tables; needs no server. */

import { setTimeout as delay } from "node:timers/promises";
import type { ListedRow } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { type AgentSummary, summarizeAgent } from "../model/event.ts";
import { Doorbell } from "../queue/doorbell.ts";
import type { LockHolder } from "../store/ownership/lock.ts";
import { type Database, effectiveRow } from "./open-database.ts";
import { note } from "./text/terminal-output.ts";
import { unknownAgent } from "./unknown.ts";
import type { WatchPrinter } from "./watch-printer.ts";

/** Milliseconds between two looks at the tables where nothing rings. */
const LOOK_PERIOD_MS = 500;
/** Least milliseconds between two looks, however often it rings. */
const LOOK_GAP_MS = 100;
/** Rows of one read; what is more is read at once afterwards. */
const PAGE_ROWS = 1_000;

/** Looks at the tables whenever the queue's changes, and twice a second. */
export class TableWatch {
  readonly #database: Database;
  readonly #agentId: string | undefined;
  readonly #printer: WatchPrinter;
  readonly #doorbell = new Doorbell();
  /** Where the steps shown so far end. */
  #cursor: string | undefined;
  #holder: LockHolder | undefined;

  constructor(database: Database, agentId: string | undefined, printer: WatchPrinter) {
    this.#database = database;
    this.#agentId = agentId;
    this.#printer = printer;
  }

  /** @throws {TroupeError} `AGENT_UNKNOWN` */
  async run(signal: AbortSignal): Promise<void> {
    await this.#begin();
    const end = () => this.#doorbell.ring();
    signal.addEventListener("abort", end);
    using _watch = this.#database.store.queue.watch(() => this.#doorbell.ring());
    while (!signal.aborted) {
      await this.#look();
      await delay(LOOK_GAP_MS);
      await this.#doorbell.wait(LOOK_PERIOD_MS);
    }
    signal.removeEventListener("abort", end);
  }

  async #begin(): Promise<void> {
    this.#holder = await this.#database.findHolder();
    this.#cursor = (await this.#stepsSince()).cursor;
    const rows = await this.#readAgents();
    if (this.#agentId !== undefined && rows.length === 0) throw unknownAgent(this.#agentId);
    this.#printer.begin(this.#agentId, rows);
    this.#tellHolder();
  }

  /**
   * An agent that begins is told of before its steps, any other change after them. Statuses are read
   * first: steps are stored before the status that they led to, so none of them is missing then.
   */
  async #look(): Promise<void> {
    await this.#lookForHolder();
    const rows = await this.#readAgents();
    for (const row of rows) if (isBeginning(row)) this.#printer.status(row);
    await this.#showSteps();
    for (const row of rows) this.#printer.status(row);
  }

  async #showSteps(): Promise<void> {
    for (;;) {
      const { items, cursor } = await this.#stepsSince();
      this.#cursor = cursor;
      for (const step of items) this.#printer.step(step);
      if (items.length < PAGE_ROWS) return;
    }
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
    return this.#database.store.steps.listSince(
      defined({ limit: PAGE_ROWS, agentId: this.#agentId, cursor: this.#cursor }),
    );
  }

  /** As seen; all rows of the table, page by page, or the one that is watched. */
  async #readAgents(): Promise<readonly AgentSummary[]> {
    const { agents } = this.#database.store;
    const rows: ListedRow[] = [];
    if (this.#agentId !== undefined) {
      const row = await agents.find(this.#agentId);
      if (row !== undefined) rows.push(row);
    } else {
      let cursor: string | undefined;
      do {
        const page = await agents.list(defined({ limit: PAGE_ROWS, cursor }));
        rows.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
    }
    return rows.map((row) => summarizeAgent(effectiveRow(row, this.#holder)));
  }
}

function isBeginning({ status }: AgentSummary): boolean {
  return status === "starting" || status === "running";
}
