/**
 * The completer: decides how each dispatched action ends, has the end stored, and then publishes
 * it; until then the action is in flight.
 *
 * An action that is retried leaves its lane and waits with `not_before` in its row; younger actions
 * of the agent go first. Rejected: holding the lane, because one failing action could then delay a
 * destroy. Behind the create of an unknown agent, younger actions that need the agent are retried, too: they
 * become due at the same time as the create, and follow it in the lane.
 */

import type { Logger } from "pino";
import type { EventBus } from "../event-bus.ts";
import type { ActionRow } from "../model/action.ts";
import { environmentActions, startingActions } from "../model/actions/action-registry.ts";
import { backoffMs } from "../model/backoff.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import type { AgentId } from "../model/ids.ts";
import type { Ack, QueueTable } from "../store/tables/queue-table.ts";
import { Acker, type Retry } from "./acker.ts";
import type { OpenAction, OpenActions } from "./open-actions.ts";
import { compareAge } from "./order.ts";
import {
  type ActionEnd,
  endOfFailure,
  endOfSuccess,
  endOfWithdrawal,
  type Success,
} from "./outcome.ts";
import type { Poller } from "./poller.ts";
import type { RetryTime } from "./retries.ts";

/** Waits between the attempts at one action. */
const RETRY_BACKOFF = { baseMs: 500, maxMs: 30_000 };
/** The attempt whose wait follows every fault of the store: 1 to 2 s. */
const STORE_FAULT_ATTEMPT = 3;

export interface CompleterOptions {
  readonly table: QueueTable;
  readonly events: EventBus;
  readonly log: Logger;
  readonly attemptsMax: number;
  readonly open: OpenActions;
  readonly poller: Poller;
  /** Called for each action once the table has its end. `agentId` is as in the row. */
  readonly onAcked: (agentId: string, actionId: string) => void;
}

interface RetriedCreate {
  readonly row: ActionRow;
  readonly retry: RetryTime;
}

export class Completer {
  readonly #options: CompleterOptions;
  readonly #acker: Acker;
  /** For actions whose end goes into the journal. */
  readonly #journalAcker: Acker;
  /** Creates that are tried again later, by lane. */
  readonly #creates = new Map<string, RetriedCreate>();
  /** Ends that the table had before they were announced. */
  readonly #written = new Set<string>();

  constructor(options: CompleterOptions) {
    this.#options = options;
    const { table, log } = options;
    this.#acker = new Acker({ table, log, onStored: (...stored) => this.#onStored(...stored) });
    const onStored = (acks: readonly Ack[]) => this.#onJournaled(acks);
    this.#journalAcker = new Acker({ table, log, gathers: false, onStored });
  }

  succeed(action: OpenAction, done: Success): void {
    this.#complete(action, endOfSuccess(action.row, done));
  }

  fail(action: OpenAction, thrown: unknown): void {
    const { row, unwanted } = action;
    const create = this.#findCreate(action, thrown);
    const end: ActionEnd =
      create === undefined
        ? endOfFailure(row, thrown, this.#options.attemptsMax)
        : { outcome: "retry", attempts: row.attempts, error: toErrorData(thrown) };
    const { outcome, attempts } = end;
    if (outcome === "retry" && unwanted !== undefined) {
      this.#complete(action, endOfWithdrawal(row, unwanted));
      return;
    }
    if (outcome !== "rejected" && create === undefined) {
      const { action: name, id } = row;
      this.#options.log.warn({ action: name, id, attempts, err: thrown }, "an action failed");
    }
    this.#complete(action, end, create?.retry);
  }

  /** Ends an action that is held; resolves with its row once that is stored. */
  async withdraw(action: OpenAction, why: ErrorData): Promise<ActionRow> {
    this.#complete(action, endOfWithdrawal(action.row, why));
    const ack = await this.#options.open.whenStored(action);
    return { ...action.row, ...ack, processed: true };
  }

  /** Resolves once all ends so far are stored, or given up because the store refuses them. */
  async drain(): Promise<void> {
    await Promise.all([this.#acker.drain(), this.#journalAcker.drain()]);
    const message = "the process ended before it was stored";
    this.#options.open.giveUp(new TroupeError("STORE_UNAVAILABLE", message));
  }

  /** The older create of the agent, if that is unknown because its create is tried again later. */
  #findCreate({ row, lane }: OpenAction, thrown: unknown): RetriedCreate | undefined {
    const create = this.#creates.get(lane);
    const isUnknown = thrown instanceof TroupeError && thrown.code === "AGENT_UNKNOWN";
    if (create === undefined || !isUnknown || compareAge(create.row, row) > 0) return undefined;
    return create;
  }

  #complete(action: OpenAction, { outcome, ...end }: ActionEnd, retry = retryAfter(end)): void {
    const { open } = this.#options;
    const { row, lane } = action;
    const { id } = row;
    const { attempts, error } = end;
    const isCreate = startingActions.includes(row.action);
    if (outcome === "retry") {
      if (isCreate) this.#creates.set(lane, { row, retry });
      open.move(action, "postpone");
      const { notBefore: not_before, dueAt } = retry;
      this.#acker.postpone({ id, attempts, not_before, dueAt, error });
    } else {
      if (isCreate && this.#creates.get(lane)?.row.id === id) this.#creates.delete(lane);
      open.move(action, "end");
      const isJournaled = this.#options.table.journal?.has(id) === true;
      const acker = isJournaled ? this.#journalAcker : this.#acker;
      acker.ack({ id, outcome, ...end });
    }
  }

  /** The table has these ends, which the journal had before. */
  onEndsWritten(ids: readonly string[]): void {
    const { open, poller } = this.#options;
    for (const id of ids) {
      if (open.isJournaled(id)) open.store(id, poller.poll);
      else this.#written.add(id);
    }
  }

  /** The journal's end of an action is known here from now on; the table may have had it before. */
  settleWritten(id: string): void {
    const { open, poller } = this.#options;
    if (this.#written.delete(id)) open.store(id, poller.poll);
  }

  #onJournaled(acks: readonly Ack[]): void {
    const { open } = this.#options;
    for (const ack of acks) {
      const action = open.journal(ack.id);
      this.settleWritten(ack.id);
      if (action !== undefined) this.#announceEnd(action, ack);
    }
  }

  #onStored(acks: readonly Ack[], retries: readonly Retry[]): void {
    const { open, poller } = this.#options;
    for (const ack of acks) {
      const action = open.store(ack.id, poller.poll);
      if (action === undefined) continue;
      this.#options.onAcked(action.lane, ack.id);
      this.#announceEnd(action, ack);
    }
    for (const { id, not_before: notBefore, dueAt } of retries) {
      open.store(id, poller.poll)?.stored?.resolve(undefined);
      poller.retryAt(id, { notBefore, dueAt });
    }
    if (poller.isWindowFull) poller.pollSoon();
  }

  #announceEnd({ row, lane, waitedMs, tookMs, stored, onEnded }: OpenAction, ack: Ack): void {
    const { id, outcome, error } = ack;
    onEnded?.();
    const times = { waited_ms: waitedMs, took_ms: tookMs };
    const data = { id, action: row.action, outcome, error, ...times };
    this.#options.events.publish("action.processed", data, agentIdOf({ row, lane }));
    stored?.resolve(ack);
  }
}

function retryAfter({ attempts, error }: Pick<ActionEnd, "attempts" | "error">): RetryTime {
  const nth = error?.code === "STORE_UNAVAILABLE" ? STORE_FAULT_ATTEMPT : attempts;
  const ms = backoffMs(RETRY_BACKOFF, nth, Math.random());
  return { notBefore: Date.now() + ms, dueAt: performance.now() + ms };
}

/** The agent that a row names; the id may be invalid. */
export function agentIdOf({ row, lane }: Pick<OpenAction, "row" | "lane">): AgentId | undefined {
  return environmentActions.includes(row.action) ? undefined : (lane as AgentId);
}
