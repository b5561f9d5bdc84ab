/** Gaps of a client's stream that are not sent yet. Pure. */

import type { Gap } from "../../model/event.ts";

/** Open-ended without `before_seq`: more is being dropped. */
export type OpenGap = Omit<Gap, "before_seq"> & Partial<Pick<Gap, "before_seq">>;

/** The reason that demands the most of the client is last: after a restart it knows nothing. */
const reasons: readonly Gap["reason"][] = ["slow", "expired", "restarted"];

/** The gap that has all that either misses. */
export function joinGaps(one: OpenGap, other: OpenGap): OpenGap {
  const after_seq = Math.min(one.after_seq, other.after_seq);
  const [first, second] = [one, other].map(({ reason }) => reasons.indexOf(reason)) as [
    number,
    number,
  ];
  const { reason } = first > second ? one : other;
  const gap = { after_seq, reason };
  if (one.before_seq === undefined || other.before_seq === undefined) return gap;
  return { ...gap, before_seq: Math.max(one.before_seq, other.before_seq) };
}
