/** The state of a model as text and figures, for people and for the errors of calls that waited. Pure. */

import type { ErrorCode } from "../model/error-codes.ts";
import type { ErrorData } from "../model/error-data.ts";
import type { ModelView } from "../model/model-view.ts";
import { keyOf, type PlaceState } from "./governor/model-place.ts";
import type { QuotaState } from "./governor/quota.ts";
import { describeClient, type Model } from "./model-client.ts";

/** @param models all models, of which some may share the place */
export function describeState(place: PlaceState, models: readonly Model[]): ModelView {
  const { model, since, requestsPerMinute } = place;
  const description = describeClient(model.client);
  return {
    names: models.filter((one) => keyOf(one) === keyOf(model)).map(({ name }) => name),
    description,
    state: place.state,
    down_since: since === null ? null : wallTime(since),
    reason: place.reason,
    in_flight: place.inFlight,
    waiting: place.waiting,
    in_flight_max: place.windowSize,
    requests_per_minute: requestsPerMinute && Math.round(requestsPerMinute * 10) / 10,
    waited_ms_total: Math.round(place.waitedMs),
    rate_limited_total: place.refusals,
  };
}

/** The time of a moment on the clock of `performance.now()`. */
function wallTime(moment: number): number {
  return Math.round(Date.now() - (performance.now() - moment));
}

/** The start or the end of an outage. */
export interface ModelOutage {
  readonly isOver: boolean;
  readonly state: ModelView;
  /** Of an outage that is over. */
  readonly tookMs: number;
}

/** What an agent's call waits for. */
export interface ModelWait {
  /** In milliseconds since the epoch. */
  readonly since: number;
  /** The model as text, or `own BAML functions`. */
  readonly model: string;
  /** Why it takes no call now: its turn, its limit, or its failure. */
  readonly why: string;
}

/** @param since on the clock of `performance.now()` */
export function describeWait({ description, state, reason }: ModelView, since: number): ModelWait {
  const why = { ok: "its turn", limited: "the provider's limit", down: reason ?? "it is down" };
  return { since: wallTime(since), model: description, why: why[state] };
}

/** Of a call that waits for own BAML functions. */
export function describeHold(why: string, since: number): ModelWait {
  return { since: wallTime(since), model: "own BAML functions", why };
}

interface LongWait {
  readonly waitedMs: number;
  /** True if the wait ends because the agent is to pause. */
  readonly isForPause: boolean;
  /** Of the call's last attempt. */
  readonly error: ErrorData | undefined;
}

const codes: Readonly<Record<QuotaState, ErrorCode>> = {
  ok: "LLM_TIMEOUT",
  limited: "LLM_RATE_LIMITED",
  down: "LLM_UNAVAILABLE",
};

/** The error of a call that has waited too long. */
export function waitError(
  { state, description, reason, in_flight }: ModelView,
  { waitedMs, isForPause, error }: LongWait,
): { readonly code: ErrorCode; readonly message: string } {
  const why =
    reason ?? error?.message ?? `${in_flight} calls are waiting for an answer of ${description}`;
  const end = isForPause ? "given up because the agent is to pause" : "not started";
  const seconds = Math.round(waitedMs / 10) / 100;
  return { code: codes[state], message: `${end} within ${seconds} s: ${why}` };
}
