/**
 * The dispatcher: takes actions, offered ones and those of the table, one per agent at a time, and
 * hands each to its handler. Each ends processed: done, withdrawn, rejected, or buried after its
 * last attempt.
 */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import { type Action, type ActionRow, laneOf, parseAction } from "../model/action.ts";
import type { ErrorData } from "../model/error-data.ts";
import { Pump } from "../pump.ts";
import type { PendingKey } from "../store/tables/pending-rows.ts";
import type { QueueTable } from "../store/tables/queue-table.ts";
import { agentIdOf, Completer } from "./completer.ts";
import { Doorbell } from "./doorbell.ts";
import type { LocalDispatcher, OfferedRow } from "./enqueue.ts";
import { JournalDesk } from "./journal-desk.ts";
import { Lanes } from "./lanes.ts";
import { type OpenAction, OpenActions } from "./open-actions.ts";
import { isDue } from "./order.ts";
import { Poller, type PollRhythm } from "./poller.ts";
import { TableIntake } from "./table-intake.ts";
import { Withdrawals } from "./withdrawals.ts";

/** Known actions beyond which offered rows are left in the table, to bound memory. */
const OFFERED_MAX = 10_000;
/**
 * Milliseconds from which an offered row that is due later is not brought into the table immediately: by
 * then the table has it.
 */
const POSTPONED_MS_MIN = 2_000;

/** How a handler succeeded. A note is kept in the row's `error`. */
export interface Done {
  readonly note?: ErrorData;
  /**
   * True if the action has changed nothing, because the agent was already as it wants it. A start that
   * repeats actions must leave it out: the agent may have been changed since.
   */
  readonly isEffectless?: boolean;
  /**
   * Set if the effect is there and not stored yet: the lane continues, and the action is acked once
   * this resolves. A rejection counts as the handler's.
   */
  readonly stored?: Promise<void>;
  /**
   * Set beside `stored` if the effect can be repeated from the action, and the journal keeps the action:
   * it ends with `stored`, and its entry stays until this resolves, too.
   */
  readonly storedLater?: Promise<void>;
  /** Called once the end is stored, before it is published. */
  readonly onEnded?: () => void;
}

export interface DispatcherOptions {
  readonly table: QueueTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly rhythm: PollRhythm;
  readonly attemptsMax: number;
  /**
   * Carries out one action. If it throws a `TroupeError` that is not transient, the action is
   * rejected; after any other error it is retried.
   */
  readonly handle: (action: Action) => Promise<Done>;
  /** Carries out again one that ended as done, if its effect is not stored; the next start tries again. */
  readonly repeat: (action: Action) => Promise<Done>;
  /** Called for each action once it will not be dispatched again. `agentId` is as in the row. */
  readonly onAcked: (agentId: string, actionId: string) => void;
  /** True if the action has already had its effect, which its row may not show yet. */
  readonly hasEffect: (agentId: string, actionId: string) => Promise<boolean>;
}

export class Dispatcher implements LocalDispatcher {
  readonly #options: DispatcherOptions;
  readonly #doorbell = new Doorbell();
  readonly #open = new OpenActions();
  readonly #lanes = new Lanes<ActionRow>();
  readonly #poller: Poller;
  readonly #intake: TableIntake;
  readonly #completer: Completer;
  readonly #withdrawals: Withdrawals;
  readonly #journal: JournalDesk;
  /** Has no slots: one handler runs per busy lane, so steering never waits for other agents' work. */
  readonly #pump = new Pump(
    () => (this.#isClosing ? undefined : this.#lanes.take()),
    (row) => this.#begin(row),
  );
  #watch: Disposable | undefined;
  #isClosing = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { table, rhythm, log, hasEffect } = options;
    const [open, lanes, doorbell] = [this.#open, this.#lanes, this.#doorbell];
    const take = (rows: readonly PendingKey[], since: number) => this.#take(rows, since);
    const poller = new Poller({ table, doorbell, rhythm, log, open, take });
    const completer = new Completer({ ...options, open, poller });
    const onGivenBack = () => this.#pump.run();
    this.#poller = poller;
    this.#completer = completer;
    this.#intake = new TableIntake({ table, open, log, poller });
    const parts = { table, lanes, open, completer, poller };
    this.#journal = new JournalDesk({ ...options, open, lanes, completer });
    this.#withdrawals = new Withdrawals({ ...parts, hasEffect, onGivenBack });
  }

  /** Another process says that it has written: its rows are read now. */
  ring(): void {
    this.#poller.ring();
  }

  /** Actions whose row is here and whose end is not stored. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Resolves once what earlier processes left waits in its lanes: what is accepted later must not overtake it. */
  async start(): Promise<void> {
    const { table } = this.#options;
    this.#journal.attach();
    this.#pump.run();
    this.#watch = table.watch(() => this.#doorbell.ring());
    // The poller reads what the journal has only once the table has it.
    await table.settle();
    await this.#poller.start();
  }

  announce(ids: readonly string[]): void {
    this.#open.announce(ids);
  }

  /**
   * Takes durable rows without reading them back, which would double the cost. Those that could overtake rows
   * that were not read follow them. Rows that must wait, or might be duplicates, are left to the poller.
   */
  submit(offered: readonly OfferedRow[]): void {
    const left: ActionRow[] = [];
    for (const { row, parsed } of offered) {
      const lane = laneOf(row);
      if (!this.#mayAdmit(row)) left.push(row);
      else if (!this.#poller.hasUnread(lane)) this.#admit(row, parsed);
      else if (this.#poller.isExpecting(lane)) left.push(row);
      else this.#poller.whenRead(lane, () => this.#follow(row, parsed));
    }
    this.#pump.run();
    if (left.length > 0) this.#leave(left);
  }

  /** The rows before it are in their lane. A poll may have brought it, and a withdrawal may have ended it. */
  #follow(row: ActionRow, parsed: Action | undefined): void {
    if (this.#open.has(row.id)) return;
    if (!this.#open.isAnnounced(row.id)) {
      this.#leave([row]);
      return;
    }
    this.#admit(row, parsed);
    this.#pump.run();
  }

  /** Leaves to the poller those that are not admitted. */
  #leave(rows: readonly ActionRow[]): void {
    const left = rows.filter(({ id }) => this.#open.find(id) === undefined);
    const soon = Date.now() + POSTPONED_MS_MIN;
    const timeOf = (row: ActionRow) => (isDue(row, soon) ? "now" : "later");
    const { now = [], later = [] } = Object.groupBy(left, timeOf);
    const stored = this.#journal.leave(now.map(({ id }) => id));
    const lanes = now.filter((row) => isDue(row, Date.now())).map(laneOf);
    if (now.length > 0) void this.#poller.expect(new Set(lanes), stored);
    this.#journal.leaveUntilDue(later.map(({ id }) => id));
    for (const { not_before } of later) this.#poller.pollAt(not_before ?? 0);
  }

  /**
   * Ends an action that has not started, wherever it waits; resolves with its row once that is stored.
   * @throws {TroupeError} `ACTION_NOT_FOUND`, `ACTION_BEGUN`, `STORE_UNAVAILABLE`.
   */
  async withdraw(id: string, why: ErrorData): Promise<ActionRow> {
    return await this.#withdrawals.withdraw(id, why);
  }

  /** See {@link Withdrawals.endOlder}; the `agent_destroy` must be in its handler. */
  async endOlder(destroyId: string, agentId: string): Promise<readonly ActionRow[]> {
    const destroy = this.#open.find(destroyId)?.row;
    return destroy === undefined ? [] : await this.#withdrawals.endOlder(destroy, agentId);
  }

  /** Takes nothing new, waits for the running handlers, stores their acks. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#watch?.[Symbol.dispose]();
    await this.#poller.close();
    await this.#open.idle();
    this.#withdrawals.end();
    await this.#completer.drain();
    await this.#withdrawals.close();
  }

  async #take(rows: readonly PendingKey[], since: number): Promise<void> {
    // Before the rows are sorted: one that was postponed before they were read may be due again.
    this.#open.forgetStoredBefore(since);
    for (const row of await this.#intake.select(rows)) this.#admit(row);
    this.#pump.run();
  }

  #mayAdmit(row: ActionRow): boolean {
    const hasRoom = this.#open.known + this.#poller.waiting < OFFERED_MAX;
    // A poll that has already read the row has ended its announcement.
    return isDue(row, Date.now()) && hasRoom && this.#open.isAnnounced(row.id);
  }

  #admit(row: ActionRow, parsed?: Action): void {
    // A withdrawal may have started while it was read.
    if (this.#open.has(row.id)) return;
    const admitted = this.#open.admit(row, parsed);
    this.#lanes.add(admitted);
    const { id, action, actor, urgency } = row;
    const { events } = this.#options;
    events.publish("action.queued", { id, action, actor, urgency }, agentIdOf(admitted));
  }

  #begin({ id }: ActionRow): void {
    const action = this.#open.find(id);
    if (action === undefined) return;
    const taken = this.#open.move(action, "take");
    void (action.isRepeated ? this.#repeat(taken) : this.#carryOut(taken));
  }

  /** Never rejects. {@link close} waits for it: until it ends, the action is `handling` or `storing`. */
  async #carryOut(action: OpenAction): Promise<void> {
    try {
      const { stored, storedLater, onEnded, ...done } = await this.#handle(action);
      action.onEnded = onEnded;
      if (stored !== undefined) this.#open.affect(action);
      if (storedLater !== undefined) this.#journal.awaitEffect(action, storedLater);
      if (stored === undefined) this.#completer.succeed(action, done);
      else this.#endOnceStored(action, stored, done);
      if (!this.#open.hasRoom(action.lane)) await this.#open.room(action.lane);
    } catch (thrown) {
      this.#completer.fail(action, thrown);
    }
    this.#lanes.release(action.lane);
    this.#pump.run();
  }

  /** Never rejects. */
  async #repeat(action: OpenAction): Promise<void> {
    await this.#journal.repeat(action);
    this.#lanes.release(action.lane);
    this.#pump.run();
  }

  async #handle(action: OpenAction): Promise<Done> {
    const { row } = action;
    // Another machine's clock may be ahead.
    const dueAt = Math.max(row.created_at, row.not_before ?? 0);
    action.waitedMs = Math.max(0, Date.now() - dueAt);
    const begun = performance.now();
    try {
      return await this.#options.handle(action.parsed ?? parseAction(row));
    } finally {
      action.tookMs = Math.round(100 * (performance.now() - begun)) / 100;
    }
  }

  #endOnceStored(action: OpenAction, stored: Promise<void>, done: Omit<Done, "stored">): void {
    stored.then(
      () => this.#completer.succeed(action, done),
      (thrown: unknown) => this.#completer.fail(action, thrown),
    );
  }
}
