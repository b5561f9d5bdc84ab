/**
 * Receipts: the actions requested on this page and their outcomes. An action counts as confirmed
 * after its event or its row says so, and never before.
 */

import type { ActionOutcome } from "../../model/action.ts";
import type { ErrorData } from "../../model/error-data.ts";

/** Outcomes kept of actions that no receipt knows yet: an event can be faster than the answer. */
const ENDS_KEPT_MAX = 20_000;
/** Receipts kept; the oldest settled ones are dropped first. */
const RECEIPTS_KEPT_MAX = 50;
/** Milliseconds that the receipt of a success stays on the screen. */
const SHOWN_MS = 6_000;
const ERRORS_KEPT_MAX = 3;

export interface ActionEnd {
  readonly outcome: ActionOutcome;
  readonly agentId: string | null;
  readonly error: ErrorData | null;
}

/** Of a request in several parts: the agents of those parts that the server has not accepted. */
export interface RequestRest {
  readonly refused: number;
  /** The server may have accepted them or not. */
  readonly unanswered: number;
  /** Nothing was sent about them, because of the failure before. */
  readonly unsent: number;
  readonly error: ErrorData;
}

export interface Receipt {
  readonly key: number;
  /** `Pause agent1`, `Resume 40 agents`. */
  readonly title: string;
  /**
   * `sending` no answer yet · `refused` the server accepted nothing · `unanswered` it may have
   * accepted it or not · `queued` accepted, some actions have not ended · `settled` all have ended.
   */
  readonly state: "sending" | "refused" | "unanswered" | "queued" | "settled";
  /** The server has not answered, and it is sent again. */
  readonly isRepeated: boolean;
  /** Actions that were accepted. */
  readonly total: number;
  /** What was not accepted next to them; null if everything was. */
  readonly rest: RequestRest | null;
  readonly counts: Readonly<Record<ActionOutcome, number>>;
  /** Errors of the first actions that were not done, and notes of those that were. */
  readonly errors: readonly ErrorData[];
  readonly askedAt: number;
  readonly settledAt: number | null;
  /** When the page learned of it: later than `settledAt` if the connection was lost meanwhile. */
  readonly reportedAt: number | null;
  /** The agent, if the receipt is about a single one. */
  readonly agentId: string | null;
  /** It was closed; the list of all receipts still has it. */
  readonly isHidden: boolean;
}

export class Receipts {
  readonly #receipts = new Map<number, Receipt>();
  /** The receipt of each action that has not ended. */
  readonly #waiting = new Map<string, number>();
  readonly #ends = new Map<string, ActionEnd>();
  #nextKey = 1;

  /** Newest first. */
  list(): readonly Receipt[] {
    return [...this.#receipts.values()].toReversed();
  }

  find(key: number): Receipt | undefined {
    return this.#receipts.get(key);
  }

  /** Ids of actions without a known outcome, oldest first. */
  waitingIds(): readonly string[] {
    return [...this.#waiting.keys()];
  }

  /** When the first of them was requested; infinity if there is none. */
  waitingSince(): number {
    const waiting = new Set(this.#waiting.values());
    return Math.min(
      ...[...waiting].map((key) => this.#receipts.get(key)?.askedAt ?? Number.POSITIVE_INFINITY),
    );
  }

  /** Opens the receipt of a request that is being sent. @returns its key */
  open(title: string, agentId: string | null, askedAt: number): number {
    const key = this.#nextKey;
    this.#nextKey += 1;
    const counts = { done: 0, cancelled: 0, rejected: 0, dead: 0 };
    const none = { counts, errors: [], total: 0, rest: null };
    const times = { askedAt, settledAt: null, reportedAt: null };
    const flags = { isRepeated: false, isHidden: false };
    this.#receipts.set(key, { key, title, agentId, state: "sending", ...none, ...times, ...flags });
    this.#forgetOld();
    return key;
  }

  /** The server has accepted these actions. Their outcomes may be known already. */
  take(
    key: number,
    actionIds: readonly string[],
    now: number,
    rest: RequestRest | null = null,
  ): void {
    const errors = rest === null ? [] : [rest.error];
    this.#change(key, { state: "queued", total: actionIds.length, rest, errors });
    for (const id of actionIds) this.#waiting.set(id, key);
    for (const id of actionIds) {
      const end = this.#ends.get(id);
      if (end !== undefined) this.settle(id, end, now);
    }
  }

  repeat(key: number): void {
    this.#change(key, { isRepeated: true });
  }

  /** The server may have accepted it: no answer came. */
  giveUp(key: number, error: ErrorData, now: number): void {
    this.#change(key, { state: "unanswered", errors: [error], settledAt: now, reportedAt: now });
  }

  refuse(key: number, error: ErrorData, now: number): void {
    this.#change(key, { state: "refused", errors: [error], settledAt: now, reportedAt: now });
  }

  /** It was seen and no longer covers the page. */
  hide(key: number): void {
    this.#change(key, { isHidden: true });
  }

  /** Removes the receipt. */
  dismiss(key: number): void {
    this.#receipts.delete(key);
    for (const [id, waiting] of this.#waiting) if (waiting === key) this.#waiting.delete(id);
  }

  /**
   * Takes an outcome from an event or a row. True if a receipt changed.
   *
   * @param endedAt when the action ended, if it was before `now`
   */
  settle(actionId: string, end: ActionEnd, now: number, endedAt = now): boolean {
    this.#remember(actionId, end);
    const receipt = this.#receipts.get(this.#waiting.get(actionId) ?? 0);
    if (receipt === undefined) return false;
    this.#waiting.delete(actionId);
    const counts = { ...receipt.counts, [end.outcome]: receipt.counts[end.outcome] + 1 };
    const ended = counts.done + counts.cancelled + counts.rejected + counts.dead;
    this.#change(receipt.key, { counts, errors: withError(receipt.errors, end.error) });
    if (ended === receipt.total)
      this.#change(receipt.key, { state: "settled", settledAt: endedAt, reportedAt: now });
    return true;
  }

  #remember(actionId: string, end: ActionEnd): void {
    this.#ends.set(actionId, end);
    if (this.#ends.size <= ENDS_KEPT_MAX) return;
    const [oldest] = this.#ends.keys();
    if (oldest !== undefined) this.#ends.delete(oldest);
  }

  #change(key: number, changes: Partial<Receipt>): void {
    const receipt = this.#receipts.get(key);
    if (receipt !== undefined) this.#receipts.set(key, { ...receipt, ...changes });
  }

  #forgetOld(): void {
    if (this.#receipts.size <= RECEIPTS_KEPT_MAX) return;
    const settled = [...this.#receipts.values()].find(({ settledAt }) => settledAt !== null);
    const [oldest] = this.#receipts.keys();
    this.dismiss(settled?.key ?? oldest ?? 0);
  }
}

/** A success is shown for some seconds, anything else until it is closed. */
export function isReceiptShown(
  { state, counts, total, rest, reportedAt, isHidden }: Receipt,
  now: number,
) {
  if (isHidden) return false;
  const isGood = state === "settled" && counts.done === total && rest === null;
  return !isGood || reportedAt === null || now - reportedAt < SHOWN_MS;
}

/** `confirmed`, `rejected` …: the receipt in one word. */
export function verdictOf({ state, counts, total, rest }: Receipt): string {
  if (state !== "settled") return state;
  if (rest !== null) return counts.done === 0 ? "failed" : "confirmed in part";
  if (counts.done === total) return "confirmed";
  if (counts.cancelled === total) return "cancelled";
  if (total === 1) return counts.dead === 1 ? "dead" : "rejected";
  return "confirmed in part";
}

function withError(errors: readonly ErrorData[], error: ErrorData | null): readonly ErrorData[] {
  return error === null || errors.length >= ERRORS_KEPT_MAX ? errors : [...errors, error];
}
