/** The predicates of pending actions that are due, and due later. Pure. */

import { TIME_MS_MAX } from "../../model/limits.ts";
import { all, any, type Predicate, predicatesOf } from "../lance/predicate.ts";

const has = predicatesOf("queue");

/** True also of an invalid time, as in nanoseconds: its action is read now and rejected. */
export function isDue(now: number): Predicate {
  return any(
    has.isNull("not_before"),
    has.isAtMost("not_before", Math.trunc(now)),
    has.isAbove("not_before", TIME_MS_MAX),
  );
}

export function isDueLater(now: number): Predicate {
  return all(has.isAbove("not_before", now), has.isAtMost("not_before", TIME_MS_MAX));
}
