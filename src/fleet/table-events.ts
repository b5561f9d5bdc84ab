/**
 * Events from the tables, without a server: steps and changes of status once they are stored.
 * Reads the tables twice a second, and whenever the queue changes.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { AgentStatus } from "../model/agent.ts";
import { defined } from "../model/defined.ts";
import { TroupeError } from "../model/errors.ts";
import type { AgentSummary, EventData, EventType } from "../model/event.ts";
import type { AgentId } from "../model/ids.ts";
import { Doorbell } from "../queue/doorbell.ts";
import type { Store } from "../store/store.ts";
import type { EventOf, EventOptions, Followed } from "./event-iteration.ts";

/** Milliseconds between two readings of the tables, if nothing rings. */
const READ_PERIOD_MS = 500;
/** Least milliseconds between two readings, however often it rings. */
const READ_GAP_MS = 100;
/** Rows of one reading; further ones are read immediately afterwards. */
const PAGE_ROWS = 1_000;

export interface TableReader {
  readonly store: Store;
  readonly location: string;
  /** The current rows of the followed agents. */
  readonly readAgents: () => Promise<readonly AgentSummary[]>;
  /** The process that ran the agents at the last reading. */
  readonly pid: () => number | undefined;
}

export class TableEvents<T extends EventType> {
  readonly #reader: TableReader;
  readonly #options: EventOptions<T>;
  readonly #signal: AbortSignal;
  readonly #doorbell = new Doorbell();
  /** Status of each agent at the last reading. */
  readonly #statuses = new Map<string, AgentStatus>();
  /** The end of the steps read so far. */
  #cursor: string | undefined;
  /** The process of the last connection. */
  #pid: number | undefined;
  #seq = 0;

  constructor(reader: TableReader, options: EventOptions<T>, signal: AbortSignal) {
    this.#reader = reader;
    this.#options = options;
    this.#signal = signal;
  }

  async *read(): AsyncGenerator<Followed<T>, void> {
    try {
      yield* this.#readOn();
    } catch (error) {
      // A fleet that is closed closes the tables in the middle of a reading.
      if (!this.#signal.aborted) throw error;
    }
  }

  async *#readOn(): AsyncGenerator<Followed<T>, void> {
    this.#cursor = (await this.#stepsSince()).cursor;
    for (const { agent_id, status } of await this.#reader.readAgents()) {
      this.#statuses.set(agent_id, status);
    }
    yield this.#connect();
    const ring = () => this.#doorbell.ring();
    this.#signal.addEventListener("abort", ring, { once: true });
    using _watch = this.#reader.store.queue.watch(ring);
    while (!this.#signal.aborted) {
      yield* this.#readOnce();
      await delay(READ_GAP_MS);
      await this.#doorbell.wait(READ_PERIOD_MS);
    }
  }

  /**
   * An agent that starts is reported before its steps, any other change after them. Steps are stored
   * before the status that they led to, so that ends are taken from the rows read before the steps,
   * and starts from those read after them. A start that is stored together with its first step may be
   * read only after it.
   */
  async *#readOnce(): AsyncGenerator<Followed<T>, void> {
    const rows = await this.#reader.readAgents();
    if (this.#reader.pid() !== this.#pid) yield this.#connect();
    const ends = rows.filter((row) => this.#isNew(row) && !isStarting(row));
    for (;;) {
      const { items, cursor } = await this.#stepsSince();
      this.#cursor = cursor;
      const later = items.length === 0 ? rows : await this.#reader.readAgents();
      yield* this.#changes(later.filter(isStarting));
      for (const step of items) yield* this.#event("agent.step", step.ended_at, step);
      if (items.length < PAGE_ROWS) break;
    }
    yield* this.#changes(ends);
  }

  *#changes(rows: readonly AgentSummary[]): Generator<Followed<T>, void> {
    for (const row of rows.filter((one) => this.#isNew(one))) {
      this.#statuses.set(row.agent_id, row.status);
      yield* this.#event("agent.status", row.updated_at, row);
    }
  }

  #isNew({ agent_id, status }: AgentSummary): boolean {
    return this.#statuses.get(agent_id) !== status;
  }

  #stepsSince() {
    const { agentIds } = this.#options;
    const agentId = agentIds?.length === 1 ? agentIds[0] : undefined;
    const since = defined({ limit: PAGE_ROWS, agentId, cursor: this.#cursor });
    return this.#reader.store.steps.listSince(since);
  }

  *#event<E extends "agent.status" | "agent.step">(
    type: E,
    time: number,
    data: EventData[E],
  ): Generator<Followed<T>, void> {
    const { agentIds, types } = this.#options;
    const { agent_id } = data;
    if (types !== undefined && !(types as readonly EventType[]).includes(type)) return;
    if (agentIds?.includes(agent_id) === false) return;
    this.#seq += 1;
    const event = { seq: this.#seq, type, time, agent_id: agent_id as AgentId, data };
    yield { kind: "event", event: event as unknown as EventOf<T> };
  }

  #connect(): Followed<T> {
    this.#pid = this.#reader.pid();
    if (this.#pid !== undefined) return { kind: "connection", connection: { isOpen: true } };
    const message = `no supervisor runs on ${this.#reader.location} now`;
    const error = new TroupeError("SERVER_UNREACHABLE", message);
    return { kind: "connection", connection: { isOpen: false, error } };
  }
}

function isStarting({ status }: AgentSummary): boolean {
  return status === "starting" || status === "running";
}
