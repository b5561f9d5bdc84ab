/**
 * The dispatcher: takes actions from the table, one per agent at a time, hands each to its handler,
 * and has each end processed: done, withdrawn, rejected, or buried after its last attempt.
 */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import {
  type Action,
  type ActionRow,
  asActionRow,
  laneOf,
  type NewAction,
  parseAction,
} from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { ROW_BYTES_MAX } from "../model/limits.ts";
import type { PendingAction, PendingKey } from "../store/tables/pending-rows.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { Doorbell } from "./doorbell.ts";
import type { LocalDispatcher } from "./enqueue.ts";
import { InFlight } from "./in-flight.ts";
import { sortIntake } from "./intake.ts";
import { Lanes } from "./lanes.ts";
import { Poller } from "./poller.ts";
import { Pump } from "./pump.ts";
import { Settler } from "./settler.ts";
import { Withdrawals } from "./withdrawals.ts";

/** Ids of appends under way, at most; beyond it they are looked up like anybody's. */
const EXPECTED_IDS_MAX = 100_000;
/** In flight beyond this, rows are left in the table, which holds more than memory should. */
const OFFERED_MAX = 10_000;

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
  /** True where the action has had its effect already; left out: never. */
  readonly hasEffect?: (row: ActionRow) => Promise<boolean>;
}

export class Dispatcher implements LocalDispatcher {
  readonly #options: DispatcherOptions;
  readonly #doorbell = new Doorbell();
  readonly #poller: Poller;
  readonly #settler: Settler;
  readonly #withdrawals: Withdrawals;
  readonly #inFlight = new InFlight();
  readonly #lanes = new Lanes();
  readonly #pump: Pump<ActionRow>;
  /** Handlers under way: as many as lanes are busy, so that steering waits for nobody's work. */
  readonly #handling = new Set<Promise<void>>();
  /** Effects that are being stored. As many as are in flight. */
  readonly #storing = new Set<Promise<void>>();
  /** Ids that were made in this process and not read yet: nobody can have had them before. */
  readonly #expected = new Set<string>();
  #watch: Disposable | undefined;
  #isClosing = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { table, pollMs, log, hasEffect = async () => false } = options;
    const doorbell = this.#doorbell;
    const next = () => (this.#isClosing ? undefined : this.#lanes.take());
    this.#pump = new Pump(next, (row) => this.#begin(row));
    const take = (rows: readonly PendingKey[], poll: number) => this.#take(rows, poll);
    const known = () => this.#inFlight.size;
    const isInFlight = (id: string) => this.#inFlight.has(id);
    const watched = { inFlight: known, isInFlight };
    const poller = new Poller({ table, doorbell, pollMs, log, take, ...watched });
    const [lanes, inFlight] = [this.#lanes, this.#inFlight];
    const settler = new Settler({ ...options, inFlight, poller });
    const onGivenBack = () => this.#pump.run();
    this.#poller = poller;
    this.#settler = settler;
    this.#withdrawals = new Withdrawals({
      table,
      lanes,
      inFlight,
      settler,
      poller,
      hasEffect,
      onGivenBack,
    });
  }

  /** Actions taken from the table whose end is not stored. */
  get inFlight(): number {
    return this.#settler.size;
  }

  start(): void {
    this.#watch = this.#options.table.watch(() => this.#doorbell.ring());
    this.#poller.start();
  }

  announce(ids: readonly string[]): void {
    if (this.#expected.size > EXPECTED_IDS_MAX) this.#expected.clear(); // they are looked up instead
    for (const id of ids) this.#expected.add(id);
  }

  /**
   * Takes what is durable without reading it back, which would cost as much again. What must wait,
   * or might be a duplicate, is left to the poller.
   */
  submit(rows: readonly NewAction[]): void {
    const admitted = rows.filter((row) => this.#mayAdmit(row));
    for (const row of admitted) this.#admit(asActionRow(row));
    this.#pump.run();
    if (admitted.length < rows.length) this.#poller.pollSoon();
  }

  /**
   * Ends an action that is not begun, wherever it waits; resolves with its row once that is stored.
   * @throws {TroupeError} `ACTION_NOT_FOUND`, `ACTION_BEGUN`, `STORE_UNAVAILABLE`.
   */
  async withdraw(id: string, why: ErrorData): Promise<ActionRow> {
    this.#expected.delete(id);
    return await this.#withdrawals.withdraw(id, why);
  }

  /** See {@link Withdrawals.endOlder}; the `agent_destroy` is one that is being handled. */
  async endOlder(destroyId: string, agentId: string): Promise<readonly ActionRow[]> {
    const destroy = this.#settler.find(destroyId);
    return destroy === undefined ? [] : await this.#withdrawals.endOlder(destroy, agentId);
  }

  /** Takes nothing new, waits for what is being handled, stores its acks. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#watch?.[Symbol.dispose]();
    await this.#poller.close();
    await Promise.all(this.#handling);
    await Promise.all(this.#storing);
    this.#withdrawals.end();
    await this.#settler.drain();
    await this.#withdrawals.close();
  }

  async #take(rows: readonly PendingKey[], poll: number): Promise<void> {
    // Before the rows are sorted: one that was postponed before this poll began is due again.
    this.#inFlight.forgetSettledBefore(poll);
    const { fresh, duplicates, unfit } = sortIntake(rows, (id) => this.#inFlight.has(id));
    await this.#rejectUnfit(unfit);
    const repeated = await this.#findRepeated(fresh);
    await this.#rejectDuplicates([...duplicates, ...repeated]);
    for (const row of await this.#readWhole(fresh.filter((key) => !repeated.has(key)))) {
      this.#admit(row);
    }
    this.#pump.run();
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
    // Somebody may have begun to withdraw it while it was read.
    if (this.#inFlight.has(row.id)) return;
    this.#settler.take(row);
    this.#lanes.add(row);
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

  #begin(row: ActionRow): void {
    const handled = this.#handle(row).finally(() => {
      this.#handling.delete(handled);
      this.#lanes.release(row);
      this.#pump.run();
    });
    this.#handling.add(handled);
  }

  /** Resolves when the lane may go on. */
  async #handle(row: ActionRow): Promise<void> {
    const tellTime = this.#settler.clock(row);
    try {
      const done = await this.#options.handle(parseAction(row));
      tellTime();
      if (done.stored === undefined) this.#settler.succeed(row, done.note);
      else await this.#settleStored(row, done.stored, done.note);
    } catch (thrown) {
      tellTime();
      this.#settler.fail(row, thrown);
    }
  }

  /** Resolves at once while few of the lane's actions wait for their ack. */
  async #settleStored(row: ActionRow, stored: Promise<void>, note?: ErrorData): Promise<void> {
    const lane = laneOf(row);
    const { unacked } = this.#settler;
    unacked.add(lane, row.id);
    const settled = stored
      .then(
        () => this.#settler.succeed(row, note),
        (thrown: unknown) => this.#settler.fail(row, thrown),
      )
      .finally(() => this.#storing.delete(settled));
    this.#storing.add(settled);
    await unacked.room(lane);
  }
}

function isWhole(key: PendingKey): key is PendingAction {
  return "payload" in key;
}
