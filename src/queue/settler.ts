/**
 * The settler: how each action that was taken ends. It has the end stored, and tells of it once it is;
 * until then the action is in flight.
 *
 * An action that is retried leaves its lane and waits with `not_before` in its row; younger actions
 * of the agent go first. Rejected: holding the lane, which would let one failing action hold back a
 * destroy.
 */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import { type ActionRow, laneOf } from "../model/action.ts";
import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import type { AgentId } from "../model/ids.ts";
import type { Ack, Postponement, QueueTable } from "../store/tables/queue-table.ts";
import { Acker } from "./acker.ts";
import type { InFlight } from "./in-flight.ts";
import { type ActionEnd, endOfFailure, endOfSuccess, endOfWithdrawal } from "./outcome.ts";
import type { Poller } from "./poller.ts";
import { Taken } from "./taken.ts";
import { Unacked } from "./unacked.ts";

/** Waits between the attempts at one action. */
const RETRY_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** The attempt whose wait follows a fault of the store, each time: 1 to 2 s. */
const STORE_FAULT_ATTEMPT = 3;

export interface SettlerOptions {
  readonly table: QueueTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly attemptsMax: number;
  readonly inFlight: InFlight;
  readonly poller: Poller;
  /** Called for each action once its end is stored. `agentId` is what the row says. */
  readonly onAcked: (agentId: string, actionId: string) => void;
}

export class Settler {
  readonly #options: SettlerOptions;
  readonly #acker: Acker;
  /** What was taken and is not acked, by id, for the events about it. */
  readonly #taken = new Taken();
  /** Actions that have had their effect, which is not stored yet. */
  readonly unacked = new Unacked();
  /** What resolves once the action's next attempt is stored. */
  readonly #postponing = new Map<string, PromiseWithResolvers<void>>();
  /** Withdrawals that are not stored yet. */
  readonly #withdrawing = new Map<string, PromiseWithResolvers<Ack>>();
  /** Why the next attempt at these is not wanted any longer. */
  readonly #unwanted = new Map<string, ErrorData>();

  constructor(options: SettlerOptions) {
    this.#options = options;
    const { table, log } = options;
    this.#acker = new Acker({ table, log, onStored: (...stored) => this.#onStored(...stored) });
  }

  /** Actions taken whose end is not stored. */
  get size(): number {
    return this.#taken.size;
  }

  find(id: string): ActionRow | undefined {
    return this.#taken.find(id);
  }

  /** The action is in flight from now on. */
  take(row: ActionRow): void {
    this.#options.inFlight.add(row.id);
    this.#taken.add(row);
    const { id, action, actor, urgency } = row;
    this.#options.events.publish("action.queued", { id, action, actor, urgency }, agentIdOf(row));
  }

  /** To be called when a handler begins; what it returns, when it has ended. */
  clock(row: ActionRow): () => void {
    return this.#taken.clock(row);
  }

  succeed(row: ActionRow, note?: ErrorData): void {
    this.#settle(row, endOfSuccess(row, note));
  }

  fail(row: ActionRow, thrown: unknown): void {
    const verdict = endOfFailure(row, thrown, this.#options.attemptsMax);
    const { state, attempts } = verdict;
    const unwanted = this.#unwanted.get(row.id);
    if (state === "waiting" && unwanted !== undefined) {
      this.#settle(row, endOfWithdrawal(row, unwanted));
      return;
    }
    if (state !== "rejected") {
      const { action, id } = row;
      this.#options.log.warn({ action, id, attempts, err: thrown }, "an action failed");
    }
    this.#settle(row, verdict);
  }

  /** Resolves with how the row says it, once it does. The caller has kept everybody from taking it. */
  async withdraw(row: ActionRow, why: ErrorData): Promise<Ack> {
    if (this.#taken.find(row.id) === undefined) this.#taken.add(row);
    const stored = Promise.withResolvers<Ack>();
    this.#withdrawing.set(row.id, stored);
    this.#settle(row, endOfWithdrawal(row, why));
    return await stored.promise;
  }

  /** Where the action fails in a way that would have it tried again, it ends instead. */
  giveUpRetries(id: string, why: ErrorData): void {
    if (this.#taken.find(id) !== undefined) this.#unwanted.set(id, why);
  }

  /** What resolves once the next attempt at the action is stored; undefined where none is being. */
  postponed(id: string): Promise<void> | undefined {
    return this.#postponing.get(id)?.promise;
  }

  /** Resolves once all ends so far are stored, or given up because the store takes none of it. */
  async drain(): Promise<void> {
    await this.#acker.drain();
    const error = new TroupeError("STORE_UNAVAILABLE", "the process ended before it was stored");
    for (const { reject } of this.#withdrawing.values()) reject(error);
    for (const { resolve } of this.#postponing.values()) resolve();
  }

  #settle({ id }: ActionRow, { state, attempts, error }: ActionEnd): void {
    switch (state) {
      case "done":
      case "cancelled":
      case "rejected":
      case "dead":
        this.#acker.ack({ id, attempts, outcome: state, error });
        return;
      case "waiting":
      case "in_flight": {
        const nth = error?.code === "STORE_UNAVAILABLE" ? STORE_FAULT_ATTEMPT : attempts;
        const not_before = Date.now() + backoffMs(RETRY_BACKOFF, nth, Math.random());
        this.#postponing.set(id, Promise.withResolvers());
        this.#acker.postpone({ id, attempts, not_before, error });
      }
    }
  }

  #onStored(acks: readonly Ack[], postponements: readonly Postponement[]): void {
    const { inFlight, poller } = this.#options;
    for (const { id } of [...acks, ...postponements]) {
      inFlight.settle(id, poller.poll);
      this.unacked.remove(id);
      this.#unwanted.delete(id);
    }
    for (const ack of acks) this.#tellProcessed(ack);
    for (const { id, not_before } of postponements) {
      this.#taken.remove(id);
      this.#postponing.get(id)?.resolve();
      this.#postponing.delete(id);
      poller.pollAt(not_before);
    }
    if (poller.isWindowFull) poller.pollSoon();
  }

  #tellProcessed(ack: Ack): void {
    const { id, outcome, error } = ack;
    const taken = this.#taken.remove(id);
    if (taken === undefined) return;
    const { row, waitedMs: waited_ms, tookMs: took_ms } = taken;
    this.#options.onAcked(laneOf(row), id);
    const data = { id, action: row.action, outcome, error, waited_ms, took_ms };
    this.#options.events.publish("action.processed", data, agentIdOf(row));
    this.#withdrawing.get(id)?.resolve(ack);
    this.#withdrawing.delete(id);
  }
}

/** The agent that a row is about, as it says itself; it may not be a valid id. */
function agentIdOf(row: ActionRow): AgentId | undefined {
  return row.action === "environment_reload" ? undefined : (laneOf(row) as AgentId);
}
