/**
 * The dispatcher: takes actions from the table, one per agent at a time, hands each to its handler,
 * and sees to it that each ends processed: done, rejected, or buried after its last attempt.
 */

import type { Logger } from "pino";
import type { EventBus } from "../events.ts";
import {
  type Action,
  type ActionRow,
  asActionRow,
  laneOf,
  type NewAction,
  parseAction,
} from "../model/action.ts";
import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { AgentId } from "../model/ids.ts";
import { ROW_BYTES_MAX } from "../model/limits.ts";
import type { PendingAction, PendingKey } from "../store/pending-rows.ts";
import type { Ack, Postponement, QueueTable } from "../store/queue-table.ts";
import { Acker } from "./acker.ts";
import { Doorbell } from "./doorbell.ts";
import type { NearbyDispatcher } from "./enqueue.ts";
import { InFlight } from "./in-flight.ts";
import { sortIntake } from "./intake.ts";
import { Lanes } from "./lanes.ts";
import { Poller } from "./poller.ts";
import { Taken } from "./taken.ts";
import { Unacked } from "./unacked.ts";
import { judgeFailure, judgeSuccess, type Verdict } from "./verdict.ts";

/** Actions handled at the same time, all agents together. */
const HANDLED_AT_ONCE_MAX = 256;
/** Ids of appends under way, at most; beyond it they are looked up like anybody's. */
const EXPECTED_IDS_MAX = 100_000;
/** In flight beyond this, rows are left in the table, which holds more than memory should. */
const OFFERED_MAX = 10_000;
/** Waits between the attempts at one action. */
const RETRY_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** The attempt whose wait follows a fault of the store, each time: 1 to 2 s. */
const STORE_FAULT_ATTEMPT = 3;

/** How a handler ended well. A note is kept in the row's `error`. */
export interface Done {
  readonly note?: ErrorData;
  /**
   * Where the effect is there and not stored yet: the lane goes on meanwhile, and the action is not
   * acked before. A rejection counts as the handler's.
   */
  readonly stored?: Promise<void>;
}

export interface DispatcherOptions {
  readonly table: QueueTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly pollMs: number;
  readonly attemptsMax: number;
  /** Carries out one action. Throwing rejects it, or has it tried again where the error may pass. */
  readonly handle: (action: Action) => Promise<Done>;
  /** Called for each action once its end is stored. `agentId` is what the row says. */
  readonly onAcked: (agentId: string, actionId: string) => void;
}

export class Dispatcher implements NearbyDispatcher {
  readonly #options: DispatcherOptions;
  readonly #doorbell = new Doorbell();
  readonly #poller: Poller;
  readonly #acker: Acker;
  readonly #inFlight = new InFlight();
  readonly #lanes = new Lanes();
  /** What was taken and is not acked, by id, for the events about it. */
  readonly #taken = new Taken();
  readonly #handling = new Set<Promise<void>>();
  /** Effects that are being stored. As many as are in flight. */
  readonly #storing = new Set<Promise<void>>();
  readonly #unacked = new Unacked();
  /** Ids that were made in this process and not read yet: nobody can have had them before. */
  readonly #expected = new Set<string>();
  #watch: Disposable | undefined;
  #isClosing = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { table, pollMs, log } = options;
    const doorbell = this.#doorbell;
    const take = (rows: readonly PendingKey[], poll: number) => this.#take(rows, poll);
    const inFlight = () => this.#inFlight.size;
    const isInFlight = (id: string) => this.#inFlight.has(id);
    this.#poller = new Poller({ table, doorbell, pollMs, log, inFlight, isInFlight, take });
    this.#acker = new Acker({ table, log, onStored: (...stored) => this.#onStored(...stored) });
  }

  /** Actions taken from the table whose end is not stored. */
  get inFlight(): number {
    return this.#taken.size;
  }

  start(): void {
    this.#watch = this.#options.table.watch(() => this.#doorbell.ring());
    this.#poller.start();
  }

  expect(ids: readonly string[]): void {
    if (this.#expected.size > EXPECTED_IDS_MAX) this.#expected.clear(); // they are looked up instead
    for (const id of ids) this.#expected.add(id);
  }

  /**
   * Takes what is durable without reading it back, which would cost as much again. What must wait,
   * or might be a duplicate, is left to the poller.
   */
  offer(rows: readonly NewAction[]): void {
    const admitted = rows.filter((row) => this.#mayAdmit(row));
    for (const row of admitted) this.#admit(asActionRow(row));
    this.#pump();
    if (admitted.length < rows.length) this.#poller.pollSoon();
  }

  /** Takes nothing new, waits for what is being handled, stores its acks. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#watch?.[Symbol.dispose]();
    await this.#poller.close();
    await Promise.all(this.#handling);
    await Promise.all(this.#storing);
    await this.#acker.drain();
  }

  async #take(rows: readonly PendingKey[], poll: number): Promise<void> {
    const { fresh, duplicates, unfit } = sortIntake(rows, (id) => this.#inFlight.has(id));
    this.#inFlight.forgetSettledBefore(poll);
    await this.#rejectUnfit(unfit);
    const repeated = await this.#findRepeated(fresh);
    await this.#rejectDuplicates([...duplicates, ...repeated]);
    for (const row of await this.#readWhole(fresh.filter((key) => !repeated.has(key)))) {
      this.#admit(row);
    }
    this.#pump();
  }

  async #readWhole(keys: readonly PendingKey[]): Promise<readonly ActionRow[]> {
    const whole = keys.filter((key) => isWhole(key));
    if (whole.length === keys.length) return whole;
    return await this.#options.table.readPending(keys.map(({ id }) => id));
  }

  #mayAdmit({ id, not_before }: NewAction): boolean {
    const isDue = (not_before ?? 0) <= Date.now();
    const hasRoom = this.#inFlight.size < OFFERED_MAX;
    // A poll may have read the row already, which takes it off the expected ones.
    return isDue && hasRoom && this.#expected.delete(id) && !this.#inFlight.has(id);
  }

  #admit(row: ActionRow): void {
    this.#inFlight.add(row.id);
    this.#taken.add(row);
    this.#lanes.add(row);
    const { id, action, actor, urgency } = row;
    this.#options.events.publish("action.queued", { id, action, actor, urgency }, agentIdOf(row));
  }

  /** Rows whose id an action had that is processed already, whoever wrote them. */
  async #findRepeated(rows: readonly PendingKey[]): Promise<ReadonlySet<PendingKey>> {
    const unsure = rows.map((row) => row.id).filter((id) => !this.#expected.delete(id));
    if (unsure.length === 0) return new Set();
    const processed = await this.#options.table.findProcessed(unsure);
    return new Set(rows.filter((row) => processed.has(row.id)));
  }

  /** Once each: they have no id to be known by, or are too large to be read. */
  async #rejectUnfit(rows: readonly PendingKey[]): Promise<void> {
    if (rows.length === 0) return;
    const limit = `its texts have at most ${ROW_BYTES_MAX} bytes in all`;
    const text = `a row must have an id, and ${limit}; of a longer one the beginnings are kept`;
    const error = toErrorData(new TroupeError("ACTION_MALFORMED", text));
    await this.#options.table.rejectUnfit(rows, error, Date.now());
    if (this.#poller.isWindowFull) this.#poller.pollSoon();
    const ids = rows.map((row) => row.id).slice(0, 10);
    this.#options.log.warn(
      { rows: rows.length, ids },
      "rows without an id, or too large; rejected",
    );
  }

  async #rejectDuplicates(rows: readonly PendingKey[]): Promise<void> {
    if (rows.length === 0) return;
    const error = toErrorData(
      new TroupeError("ACTION_DUPLICATE", "another action with this id was taken first"),
    );
    const rowIds = rows.map((row) => row.rowId);
    const rejected = await this.#options.table.rejectDuplicates(rowIds, error, Date.now());
    // A row that has moved since it was read is found again.
    if (rejected < rows.length) this.#poller.pollSoon();
    this.#options.log.warn({ ids: rows.map((row) => row.id).slice(0, 10) }, "duplicate action ids");
  }

  #pump(): void {
    while (!this.#isClosing && this.#handling.size < HANDLED_AT_ONCE_MAX) {
      const row = this.#lanes.take();
      if (row === undefined) return;
      const handled = this.#handle(row).finally(() => {
        this.#handling.delete(handled);
        this.#lanes.release(row);
        this.#pump();
      });
      this.#handling.add(handled);
    }
  }

  /** Resolves when the lane may go on. */
  async #handle(row: ActionRow): Promise<void> {
    const tellTime = this.#taken.clock(row);
    try {
      const done = await this.#options.handle(parseAction(row));
      tellTime();
      if (done.stored === undefined) this.#settle(row, judgeSuccess(row, done.note));
      else await this.#settleStored(row, done.stored, done.note);
    } catch (thrown) {
      tellTime();
      this.#settleFailed(row, thrown);
    }
  }

  /** Resolves at once while few of the lane's actions wait for their ack. */
  async #settleStored(row: ActionRow, stored: Promise<void>, note?: ErrorData): Promise<void> {
    const lane = laneOf(row);
    this.#unacked.add(lane, row.id);
    const settled = stored
      .then(
        () => this.#settle(row, judgeSuccess(row, note)),
        (thrown: unknown) => this.#settleFailed(row, thrown),
      )
      .finally(() => this.#storing.delete(settled));
    this.#storing.add(settled);
    await this.#unacked.room(lane);
  }

  #settleFailed(row: ActionRow, thrown: unknown): void {
    const verdict = judgeFailure(row, thrown, this.#options.attemptsMax);
    const { state, attempts } = verdict;
    if (state !== "rejected") {
      const { action, id } = row;
      this.#options.log.warn({ action, id, attempts, err: thrown }, "an action failed");
    }
    this.#settle(row, verdict);
  }

  #settle({ id }: ActionRow, { state, attempts, error }: Verdict): void {
    switch (state) {
      case "done":
      case "rejected":
      case "dead":
        this.#acker.ack({ id, attempts, outcome: state, error });
        return;
      case "waiting":
      case "in_flight": {
        const nth = error?.code === "STORE_UNAVAILABLE" ? STORE_FAULT_ATTEMPT : attempts;
        const not_before = Date.now() + backoffMs(RETRY_BACKOFF, nth, Math.random());
        this.#acker.postpone({ id, attempts, not_before, error });
      }
    }
  }

  #onStored(acks: readonly Ack[], postponements: readonly Postponement[]): void {
    for (const { id } of [...acks, ...postponements]) {
      this.#inFlight.settle(id, this.#poller.poll);
      this.#unacked.remove(id);
    }
    for (const ack of acks) this.#publishProcessed(ack);
    for (const { id, not_before } of postponements) {
      this.#taken.remove(id);
      this.#poller.pollAt(not_before);
    }
    if (this.#poller.isWindowFull) this.#poller.pollSoon();
  }

  #publishProcessed({ id, outcome, error }: Ack): void {
    const taken = this.#taken.remove(id);
    if (taken === undefined) return;
    const { row, waitedMs: waited_ms, tookMs: took_ms } = taken;
    this.#options.onAcked(laneOf(row), id);
    const data = { id, action: row.action, outcome, error, waited_ms, took_ms };
    this.#options.events.publish("action.processed", data, agentIdOf(row));
  }
}

function isWhole(key: PendingKey): key is PendingAction {
  return "payload" in key;
}

/** The agent that a row is about, as it says itself; it may not be a valid id. */
function agentIdOf(row: ActionRow): AgentId | undefined {
  return row.action === "environment_reload" ? undefined : (laneOf(row) as AgentId);
}
