/**
 * The model calls of an agent's steps that have ended, until main has them: with the report of their step,
 * or before if the step continues. So a step with one call costs no message more.
 */

import type { EndedCall, Report } from "../boundary/protocol.ts";
import { EFFECT_VALUE_BYTES_MAX, EFFECTS_BYTES_MAX, EFFECTS_MAX } from "../model/effect-states.ts";
import type { ErrorData } from "../model/error-data.ts";
import { TroupeError, toErrorData } from "../model/errors.ts";
import { findJsonFault, jsonText } from "../model/json-bounds.ts";
import { findJsonLoss } from "../model/json-loss.ts";
import { startTimer, stopTimer, wallNow } from "./clock.ts";
import type { CallEnd, TrackedCall } from "./llm-client.ts";

/** Milliseconds after which calls of a step that continues are reported. */
const REPORT_MS = 20;

export class EndedCalls {
  readonly #send: (report: Report) => void;
  #ended: EndedCall[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** Reports of effects and calls so far; wraps. */
  #nth = 0;
  /** All calls of the thread so far. */
  #calls = 0;
  /** Those that ended in this turn, and bytes of their answers. */
  #count = 0;
  #bytes = 0;

  constructor(send: (report: Report) => void) {
    this.#send = send;
  }

  /** The number of the next report. */
  nextNth(): number {
    this.#nth = (this.#nth + 1) | 0;
    return this.#nth;
  }

  /** A call begins. @param iteration of the running step; null outside one, where nothing is kept */
  begin(iteration: number | null): TrackedCall {
    if (iteration !== null) this.flush();
    this.#calls += 1;
    const call = this.#calls;
    const startedAt = wallNow();
    const end = (given: CallEnd) => {
      if (iteration !== null) this.#add({ call, startedAt, ...this.#keep(given) });
    };
    return { call, iteration, end };
  }

  #add(call: EndedCall): void {
    this.#ended.push(call);
    this.#timer ??= startTimer(() => this.flush(), REPORT_MS).unref();
  }

  #keep({ value, error, usage }: CallEnd): Omit<EndedCall, "call" | "startedAt"> {
    this.#count += 1;
    const valueJson = this.#count > EFFECTS_MAX ? null : keptValue(value, null).valueJson;
    this.#bytes += valueJson?.length ?? 0;
    return {
      valueJson: this.#bytes > EFFECTS_BYTES_MAX ? null : valueJson,
      error: error ?? null,
      usage: usage ?? null,
      endedAt: wallNow(),
    };
  }

  /** Reports what has ended: something follows that may outlive this thread. */
  flush(): void {
    if (this.#ended.length > 0)
      this.#send({ kind: "calls", nth: this.nextNth(), calls: this.take() });
  }

  /** For the report of their step. */
  take(): readonly EndedCall[] {
    stopTimer(this.#timer);
    this.#timer = undefined;
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  endStep(hasSucceeded: boolean): void {
    if (!hasSucceeded) return;
    this.#count = 0;
    this.#bytes = 0;
  }
}

/**
 * A result as it is kept, or why it cannot be. A result of undefined is none. Halves of surrogate pairs
 * become U+FFFD as in all that agents write: a page that was cut must not cost the result of a call.
 * @param key of the effect, which the error names; null for a model call, whose error is not kept
 */
export function keptValue(
  value: unknown,
  key: string | null,
): {
  readonly valueJson: string | null;
  readonly error: ErrorData | null;
} {
  if (value === undefined) return { valueJson: null, error: null };
  try {
    const bounds = { mayHaveHalves: true };
    const fault = findJsonFault(value, "result", bounds) ?? findJsonLoss(value, "result");
    if (fault !== undefined) throw new TypeError(fault);
    const valueJson = jsonText(value);
    const bytes = Buffer.byteLength(valueJson);
    if (bytes <= EFFECT_VALUE_BYTES_MAX) return { valueJson, error: null };
    throw new TypeError(
      `result must be at most ${EFFECT_VALUE_BYTES_MAX} bytes of JSON, got ${bytes}`,
    );
  } catch (thrown) {
    return { valueJson: null, error: toErrorData(unkept(toErrorData(thrown).message, key)) };
  }
}

function unkept(fault: string, key: string | null): TroupeError {
  const message = `the function of ctx.once "${key}" has run, and its result cannot be kept: ${fault}`;
  return new TroupeError("EFFECT_VALUE_INVALID", message, { details: { key } });
}
