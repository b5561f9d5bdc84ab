/**
 * Open actions: one record for each action that the dispatcher knows, from the announcement of its id
 * until the table alone knows it again. Every change of a record is a row of model/action-state.ts.
 */

import { type Action, type ActionRow, laneOf } from "../model/action.ts";
import { type ActionState, type ActionTrigger, actionTransition } from "../model/action-state.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError } from "../model/errors.ts";
import { excerpt } from "../model/ids.ts";
import type { Ack } from "../store/tables/queue-table.ts";

/** Most announced ids; beyond it all are forgotten and looked up in the table like other ids. */
const ANNOUNCED_MAX = 100_000;
/**
 * Actions of one lane whose effect or ack is not stored, at most. Must be fewer than an agent's row
 * remembers (`APPLIED_KEPT_MAX` in supervisor/agent-record.ts), or a crash could apply one twice.
 */
const UNACKED_MAX = 2_000;

/** An action whose row is here, until its end or its next attempt is stored. */
export interface OpenAction {
  state: ActionState;
  readonly row: ActionRow;
  /** Set if this process checked it when it was enqueued; a row of the table must be parsed. */
  readonly parsed: Action | undefined;
  /** True if it ended in an earlier process, and only its effect may be missing. */
  readonly isRepeated: boolean;
  readonly lane: string;
  /** Milliseconds that it waited for its last handler, and that the handler took. */
  waitedMs: number;
  tookMs: number;
  /** Why no further attempt at it is wanted. */
  unwanted: ErrorData | undefined;
  /** Called once its end is stored, before that is published. */
  onEnded: (() => void) | undefined;
  /** Resolves once its end is stored, with the ack, or once its next attempt is. */
  stored: PromiseWithResolvers<Ack | undefined> | undefined;
}

/** An action without its row: announced, sought, journaled or stored. */
interface Mark {
  state: ActionState;
  /**
   * The last poll that had started when it was stored. That poll may still have read the old row, so the
   * id stays known until a later poll has ended.
   */
  readonly poll: number;
}

export class OpenActions {
  readonly #actions = new Map<string, OpenAction | Mark>();
  readonly #counts: Record<ActionState, number> = {
    absent: 0,
    announced: 0,
    sought: 0,
    waiting: 0,
    held: 0,
    handling: 0,
    storing: 0,
    ending: 0,
    postponing: 0,
    journaled: 0,
    stored: 0,
  };
  /** Ids of the actions whose end is stored, so that a poll need not go through all. */
  readonly #stored = new Set<string>();
  /** By lane, the actions whose effect was there before it was stored, until their ack is stored. */
  readonly #unacked = new Map<string, Map<string, OpenAction>>();
  /** Resolves with the next ack. */
  #acked = Promise.withResolvers<void>();
  /** Set while {@link idle} waits. */
  #idle: PromiseWithResolvers<void> | undefined;

  /** Actions whose row is here. */
  get size(): number {
    const { sought, journaled, stored } = this.#counts;
    return this.known - sought - journaled - stored;
  }

  /** Actions that no poll may take. */
  get known(): number {
    return this.#actions.size - this.#counts.announced;
  }

  /** True if no poll may take it. */
  has(id: string): boolean {
    const state = this.#actions.get(id)?.state;
    return state !== undefined && state !== "announced";
  }

  /** True if its id is known to be new. */
  isAnnounced(id: string): boolean {
    return this.#actions.get(id)?.state === "announced";
  }

  find(id: string): OpenAction | undefined {
    const action = this.#actions.get(id);
    return action !== undefined && "row" in action ? action : undefined;
  }

  announce(ids: readonly string[]): void {
    if (this.#counts.announced > ANNOUNCED_MAX) {
      for (const id of this.#actions.keys()) if (this.isAnnounced(id)) this.forget(id);
    }
    for (const id of ids) if (!this.#actions.has(id)) this.#move(id, "announce", newMark(0));
  }

  /** It is in its lane from now on. */
  admit(row: ActionRow, parsed?: Action): OpenAction {
    return this.#move(row.id, "admit", newOpen(row, parsed));
  }

  /** {@link admit} for an action that has ended: only its effect is repeated. */
  admitRepeated(row: ActionRow): OpenAction {
    return this.#move(row.id, "admit", { ...newOpen(row, undefined), isRepeated: true });
  }

  /** No poll may take it while its row is read. */
  seek(id: string): void {
    this.#move(id, "seek", newMark(0));
  }

  /** The row that was sought: it is held. */
  foundRow(row: ActionRow): OpenAction {
    return this.#move(row.id, "find", newOpen(row, undefined));
  }

  move(
    action: OpenAction,
    trigger: "hold" | "give_back" | "take" | "end" | "postpone",
  ): OpenAction {
    return this.#move(action.row.id, trigger, action);
  }

  /** Its effect is being stored; until its ack is stored, it counts against its lane. */
  affect(action: OpenAction): void {
    this.#move(action.row.id, "affect", action);
    const unacked = this.#unacked.get(action.lane) ?? new Map<string, OpenAction>();
    this.#unacked.set(action.lane, unacked.set(action.row.id, action));
  }

  /** Its outcome is in the journal; no poll may take it before the table has its outcome, too. */
  journal(id: string): OpenAction | undefined {
    const action = this.find(id);
    this.#move(id, "journal", newMark(Number.POSITIVE_INFINITY));
    return action;
  }

  isJournaled(id: string): boolean {
    return this.#actions.get(id)?.state === "journaled";
  }

  /** Its row has the end or the next attempt; `poll` is the number of the last poll that has started. */
  store(id: string, poll: number): OpenAction | undefined {
    const action = this.find(id);
    this.#move(id, "store", newMark(poll));
    if (action !== undefined) this.removeUnacked(action.lane, id);
    return action;
  }

  /** The table alone knows it from now on. */
  forget(id: string): void {
    this.#move(id, "forget", newMark(0));
  }

  /** Poll number `poll` has read the table: forgets rows that were stored before it began. */
  forgetStoredBefore(poll: number): void {
    for (const id of this.#stored) {
      const action = this.#actions.get(id);
      if (action !== undefined && "poll" in action && action.poll < poll) this.forget(id);
    }
  }

  /** The actions of a lane whose effect is there and whose ack is not stored. */
  unackedOf(lane: string): Iterable<OpenAction> {
    return this.#unacked.get(lane)?.values() ?? [];
  }

  /** True while the lane has few unacked actions. */
  hasRoom(lane: string): boolean {
    return (this.#unacked.get(lane)?.size ?? 0) < UNACKED_MAX;
  }

  /** Resolves once the lane has room. */
  async room(lane: string): Promise<void> {
    while (!this.hasRoom(lane)) await this.#acked.promise;
  }

  /** Resolves once its end is stored, with the ack, or its next attempt. */
  whenStored(action: OpenAction): Promise<Ack | undefined> {
    action.stored ??= Promise.withResolvers();
    return action.stored.promise;
  }

  /** Rejects every {@link whenStored} that is still open. */
  giveUp(error: TroupeError): void {
    for (const id of this.#actions.keys()) this.find(id)?.stored?.reject(error);
  }

  /** Resolves once no handler runs and no effect is being stored. */
  async idle(): Promise<void> {
    if (this.#isIdle) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  get #isIdle(): boolean {
    return this.#counts.handling + this.#counts.storing === 0;
  }

  /** It will not be repeated, so it no longer counts against its lane. */
  removeUnacked(lane: string, id: string): void {
    const unacked = this.#unacked.get(lane);
    if (unacked?.delete(id) !== true) return;
    if (unacked.size === 0) this.#unacked.delete(lane);
    this.#acked.resolve();
    this.#acked = Promise.withResolvers();
  }

  /**
   * The only place where a record changes. @throws `INTERNAL` for a change that is not in the
   * table.
   */
  #move<T extends OpenAction | Mark>(id: string, trigger: ActionTrigger, action: T): T {
    const before = this.#actions.get(id)?.state ?? "absent";
    const state = actionTransition(before, trigger);
    if (state === undefined) {
      const message = `action ${excerpt(id)} is ${before}; ${trigger} cannot happen then`;
      throw new TroupeError("INTERNAL", message);
    }
    if (before !== "absent") this.#counts[before] -= 1;
    if (before === "stored") this.#stored.delete(id);
    action.state = state;
    if (state === "absent") this.#actions.delete(id);
    else {
      this.#actions.set(id, action);
      this.#counts[state] += 1;
    }
    if (state === "stored") this.#stored.add(id);
    if (this.#isIdle) this.#idle?.resolve();
    return action;
  }
}

function newMark(poll: number): Mark {
  return { state: "absent", poll };
}

function newOpen(row: ActionRow, parsed: Action | undefined): OpenAction {
  return {
    state: "absent",
    row,
    parsed,
    isRepeated: false,
    lane: laneOf(row),
    waitedMs: 0,
    tookMs: 0,
    unwanted: undefined,
    onEnded: undefined,
    stored: undefined,
  };
}
