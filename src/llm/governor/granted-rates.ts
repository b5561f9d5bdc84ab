/**
 * What an answer's headers say about the provider's limits. Providers write them in several forms: names
 * with and without a unit, numbers of seconds, dates, durations such as `6m0s`. Pure.
 * Invariant: whatever a provider sends, each number here is finite, not negative, and bounded.
 */

import { RETRY_AFTER_MS_MAX } from "../../model/llm-call.ts";

/** One limit, as of one answer. */
export interface GrantedRate {
  /** How much the provider grants in one window; undefined if it does not say. */
  readonly limit: number | undefined;
  readonly remaining: number | undefined;
  /** Milliseconds until more is granted. */
  readonly resetMs: number | undefined;
}

export interface GrantedRates {
  /** Milliseconds until the next request is welcome. */
  readonly retryAfterMs: number | undefined;
  readonly requests: GrantedRate;
  readonly tokens: GrantedRate;
}

/** Headers of an answer by their names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Most headers, and longest value in characters, that are passed on from the relay. */
const HEADERS_MAX = 32;
const VALUE_CHARS_MAX = 100;

const RATE_HEADER =
  /^(?:retry-after(?:-ms)?|(?:x-|anthropic-)?ratelimit-[a-z-]+|ratelimit(?:-policy)?)$/;

/** The headers of an answer that concern its provider's limits. */
export function pickRateHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): AnswerHeaders {
  const found = Object.entries(headers).filter(([name]) => RATE_HEADER.test(name));
  const texts = found.map(([name, value]) => [name, String(value).slice(0, VALUE_CHARS_MAX)]);
  return Object.fromEntries(texts.slice(0, HEADERS_MAX));
}

/** @param now milliseconds since the epoch, for dates */
export function readGrantedRates(headers: AnswerHeaders, now: number): GrantedRates {
  const ms = readNumber(headers["retry-after-ms"]);
  return {
    retryAfterMs: bounded(ms ?? readWait(headers["retry-after"], now)),
    requests: readRate(headers, ["requests", ""], now),
    tokens: readRate(headers, ["tokens"], now),
  };
}

/** @param units parts of the names, the most specific first; empty for a name without a unit */
function readRate(headers: AnswerHeaders, units: readonly string[], now: number): GrantedRate {
  const read = (field: string) => {
    for (const unit of units) {
      for (const name of namesOf(field, unit)) {
        if (headers[name] !== undefined) return headers[name];
      }
    }
    return undefined;
  };
  return {
    limit: readNumber(read("limit")),
    remaining: readNumber(read("remaining")),
    resetMs: bounded(readWait(read("reset"), now)),
  };
}

function namesOf(field: string, unit: string): readonly string[] {
  if (unit === "") return [`x-ratelimit-${field}`, `ratelimit-${field}`];
  return [
    `x-ratelimit-${field}-${unit}`,
    `anthropic-ratelimit-${unit}-${field}`,
    `ratelimit-${field}-${unit}`,
  ];
}

function readNumber(text: string | undefined): number | undefined {
  const number = Number.parseFloat(text ?? "");
  return Number.isFinite(number) && number >= 0 ? Math.min(number, 1e12) : undefined;
}

/** Numbers above this many seconds are points in time: in seconds, or in milliseconds if above 1e12. */
const EPOCH_SECONDS_MIN = 1e9;

/** Milliseconds to wait, from seconds, a duration, a date, or a point in time since the epoch. */
function readWait(text: string | undefined, now: number): number | undefined {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return undefined;
  if (/^\d+(?:\.\d+)?$/.test(trimmed)) {
    const number = Number(trimmed);
    if (number < EPOCH_SECONDS_MIN) return number * 1_000;
    return number < EPOCH_SECONDS_MIN * 1_000 ? number * 1_000 - now : number - now;
  }
  // JavaScript takes any word with a number for a date.
  const isDate = /^(?:[A-Z][a-z]{2,},? .*:|\d{4}-\d)/.test(trimmed);
  return readDuration(trimmed) ?? (isDate ? Date.parse(trimmed) - now : undefined);
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `6m0s`, `1.5s`, `20ms` */
function readDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g)];
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ""] ?? 0),
    0,
  );
}

function bounded(ms: number | undefined): number | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined;
  return Math.min(Math.max(0, Math.ceil(ms)), RETRY_AFTER_MS_MAX);
}
