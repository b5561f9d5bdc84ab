/**
 * What one provider grants for one model and one key, as far as it is known: set in models.json, said in
 * answers, or learned from refusals. It answers one question: when may the next call start? Pure: the
 * caller passes time and chance.
 */

import { backoffMs } from "../../model/backoff.ts";
import { CallWindow } from "./call-window.ts";
import type { GrantedRate, GrantedRates } from "./granted-rates.ts";
import { LearnedRate } from "./learned-rate.ts";
import { type Down, Outage } from "./outage.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Limits that somebody has set. */
export interface SetLimits {
  /** Requests and tokens a minute. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Calls in flight. */
  readonly concurrency: number;
  /** True for a model of our own, which no fleet can overload. */
  readonly isOwn?: boolean;
}

/** How a call ended, as far as its provider is concerned. */
export type CallOutcome =
  /** It was answered, or refused because of what it asked. */
  | { readonly kind: "answered"; readonly tokens: number | null }
  /** 429 */
  | { readonly kind: "limited" }
  /** 5xx, no connection, or too late */
  | { readonly kind: "failed"; readonly reason: string }
  /** Its caller no longer waits, so it says nothing about the provider. */
  | { readonly kind: "aborted" };

/** A call in flight. */
export interface StartedCall {
  readonly startedAt: number;
  /** Tokens that were taken for it. */
  readonly reserved: number;
}

/** `limited`: the provider has refused calls, and a time is known before which no other may start. */
export type QuotaState = "ok" | "limited" | "down";

/** A change that operators should know, each once. */
export type QuotaChange =
  | { readonly kind: "down"; readonly down: Down }
  | { readonly kind: "back"; readonly down: Down };

/** Part of a limit that was set by a person, per minute: the provider's clock may differ. */
const CAUTION = 0.99;
/** Calls that may start together are those of this many milliseconds, but at least one. */
const BURST_MS = 500;
/** Waits after a refusal that names no time, doubled with each in a row. */
const UNSAID = { baseMs: 2_000, maxMs: 4_000 };
/** Least wait after refusals in a row, whatever the provider names. */
const SAID = { baseMs: 100, maxMs: 2_000 };
/** Longest hold because an answer says that nothing remains, in milliseconds. */
const HOLD_MS_MAX = 60_000;
/** Weight of the newest call in the mean of tokens. */
const NEWEST = 0.2;

export class Quota {
  readonly #requests = new TokenBucket();
  readonly #tokens = new TokenBucket();
  readonly #learned = new LearnedRate();
  readonly #outage = new Outage();
  readonly #window: CallWindow;
  #set: SetLimits;
  /** Calls and tokens a millisecond, by the newest answer that told; infinite if none has. */
  readonly #told = { requests: Number.POSITIVE_INFINITY, tokens: Number.POSITIVE_INFINITY };
  /** No call starts before; undefined if none has to wait for that. */
  #heldUntil: number | undefined;
  /** When a call was refused without a time; one at a time looks since then whether calls are welcome. */
  #blindSince: number | undefined;
  /** Refusals in a row. */
  #refusals = 0;
  /** Mean tokens of a call. */
  #tokensEach = 0;
  #inFlight = 0;
  #reserved = 0;

  constructor(set: SetLimits, now: number) {
    this.#set = set;
    this.#window = new CallWindow(set.concurrency, set.isOwn === true);
    this.#applyRates(now);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get down(): Down | undefined {
    return this.#outage.down;
  }

  state(now: number): QuotaState {
    if (this.down !== undefined) return "down";
    return (this.#heldUntil ?? 0) > now ? "limited" : "ok";
  }

  /** Requests a minute that are let through; infinite without a limit. */
  get requestsPerMinute(): number {
    return this.#requests.rate * 60_000;
  }

  /** Calls that may be in flight now. */
  get windowSize(): number {
    return this.#window.size;
  }

  setLimits(set: SetLimits, now: number): void {
    this.#set = set;
    this.#window.setMax(set.concurrency);
    this.#applyRates(now);
  }

  /**
   * Milliseconds until the next call may start; infinite until one in flight has ended. To be asked only
   * while a call waits.
   */
  waitMs(now: number): number {
    // A call that hangs must not hold up the one that looks whether the model is back.
    const isFull = this.#inFlight >= this.#window.size;
    if (isFull && this.down === undefined) return Number.POSITIVE_INFINITY;
    if (this.#heldUntil !== undefined) {
      if (now < this.#heldUntil) return this.#heldUntil - now;
      this.#heldUntil = undefined;
      if (this.#blindSince === undefined) this.#learned.endCycle(now);
    }
    if (this.#blindSince !== undefined && this.#inFlight > 0) return Number.POSITIVE_INFINITY;
    this.#learned.grow(now);
    this.#applyRates(now);
    return Math.max(this.#outage.waitMs(now), this.#requests.waitMs(now), this.#tokens.waitMs(now));
  }

  /** True if the model is down and a call may look whether it is back. */
  isProbeDue(now: number): boolean {
    return this.down !== undefined && this.#outage.waitMs(now) === 0;
  }

  start(now: number, chance: number): StartedCall {
    const reserved = this.#tokensEach;
    this.#inFlight += 1;
    this.#reserved += reserved;
    this.#requests.take(1, now);
    this.#tokens.take(reserved, now);
    this.#learned.start(now);
    this.#outage.start(now, chance);
    return { startedAt: now, reserved };
  }

  end(
    { startedAt, reserved }: StartedCall,
    outcome: CallOutcome,
    rates: GrantedRates,
    { now, chance }: { readonly now: number; readonly chance: number },
  ): QuotaChange | undefined {
    this.#window.grow(outcome.kind === "answered" ? this.#inFlight : 0);
    this.#inFlight -= 1;
    this.#reserved -= reserved;
    if (outcome.kind !== "aborted") this.#readRates(rates, now);
    switch (outcome.kind) {
      case "answered":
        this.#settleTokens(reserved, outcome.tokens, now);
        this.#refusals = 0;
        this.#endBlindness(startedAt);
        return this.#answered(startedAt);
      case "limited":
        this.#tokens.take(-reserved, now);
        this.#hold(rates, now, chance);
        return this.#answered(startedAt);
      case "failed": {
        this.#window.cut(now);
        const isDown = this.#outage.fail(outcome.reason, now, chance);
        return isDown && this.down !== undefined ? { kind: "down", down: this.down } : undefined;
      }
      case "aborted":
        return undefined;
    }
  }

  /** A call is welcome again: the provider's next window has started at about this time. */
  #endBlindness(startedAt: number): void {
    if (this.#blindSince === undefined || startedAt <= this.#blindSince) return;
    this.#blindSince = undefined;
    this.#learned.endCycle(startedAt);
  }

  #answered(startedAt: number): QuotaChange | undefined {
    const down = this.#outage.answer(startedAt);
    if (down === undefined) return undefined;
    this.#window.restart();
    return { kind: "back", down };
  }

  #settleTokens(reserved: number, tokens: number | null, now: number): void {
    if (tokens === null) return;
    this.#tokens.take(tokens - reserved, now);
    const isFirst = this.#tokensEach === 0;
    this.#tokensEach = isFirst ? tokens : this.#tokensEach + NEWEST * (tokens - this.#tokensEach);
  }

  #hold({ retryAfterMs, requests, tokens }: GrantedRates, now: number, chance: number): void {
    this.#refusals += 1;
    const emptyMs = [requests, tokens]
      .filter(({ remaining }) => remaining === 0)
      .map(({ resetMs }) => Math.min(resetMs ?? 0, HOLD_MS_MAX));
    const saidMs = retryAfterMs ?? (emptyMs.length > 0 ? Math.max(...emptyMs) : undefined);
    this.#learned.refuse(saidMs !== undefined);
    // Without a word about time the rate is not known: fewer calls are the only other way.
    if (saidMs === undefined && this.#refusals === 1) this.#window.cut(now);
    this.#blindSince = saidMs === undefined ? now : undefined;
    const leastMs = backoffMs(saidMs === undefined ? UNSAID : SAID, this.#refusals, chance);
    this.#holdUntil(now + Math.max(saidMs ?? 0, leastMs));
  }

  #holdUntil(time: number): void {
    this.#heldUntil = Math.max(this.#heldUntil ?? 0, time);
  }

  #readRates({ requests, tokens }: GrantedRates, now: number): void {
    this.#told.requests = rateTold(requests) ?? this.#told.requests;
    this.#told.tokens = rateTold(tokens) ?? this.#told.tokens;
    this.#applyRates(now);
    // Calls in flight may not be counted in it yet.
    if (requests.remaining !== undefined) {
      this.#requests.capAt(requests.remaining - this.#inFlight, now);
    }
    if (tokens.remaining !== undefined) this.#tokens.capAt(tokens.remaining - this.#reserved, now);
  }

  #applyRates(now: number): void {
    const { rpm = Number.POSITIVE_INFINITY, tpm = Number.POSITIVE_INFINITY } = this.#set;
    const requests = Math.min(perMs(rpm), this.#told.requests, this.#learned.rate);
    this.#requests.setRate(requests, Math.max(1, requests * BURST_MS), now);
    const tokens = Math.min(perMs(tpm), this.#told.tokens);
    this.#tokens.setRate(tokens, Math.max(1, tokens * BURST_MS), now);
  }
}

function perMs(perMinute: number): number {
  return (CAUTION * perMinute) / 60_000;
}

/**
 * The rate of a limit of which some remains until it is reset. Some providers fill up gradually, and name
 * the time until all is there; others start again. The greater of the two readings is right for both as
 * long as no more than the rest is used. Undefined if the answer has neither.
 */
function rateTold({ limit, remaining, resetMs }: GrantedRate): number | undefined {
  if (remaining === undefined || resetMs === undefined || resetMs === 0) return undefined;
  const used = limit === undefined ? 0 : limit - remaining;
  const rate = Math.max(used, remaining) / resetMs;
  return rate > 0 ? rate : undefined;
}
