/**
 * The effects of a step on its time axis, for the page and for a terminal. Pure.
 *
 * The axis is that of the run that was stored: an effect whose result was kept from an earlier run took
 * no time in it and has no bar. Rejected: one axis over all runs of a step, in which the hours between a
 * crash and the next start would be all that is seen.
 */

import type { EffectState } from "../model/effect-states.ts";
import type { Tone } from "./status-look.ts";

export const effectTones: Readonly<Record<EffectState, Tone>> = {
  started: "busy",
  unknown: "held",
  failed: "bad",
  done: "good",
};

/** What is needed of an effect. */
export interface TracedEffect {
  readonly state: EffectState;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly wait_ms: number | null;
}

/** A span of time, in milliseconds since the epoch. */
export interface TraceAxis {
  readonly from: number;
  readonly to: number;
}

/** An effect on the axis: shares of its length, from 0 to 1. */
export interface TraceBar {
  readonly start: number;
  readonly length: number;
  /** The first part of the length, in which a model call waited for its turn. */
  readonly wait: number;
}

/**
 * The axis of a step that has not ended: from its first effect on.
 * @param now while the step runs; undefined if it does not
 */
export function axisOfEffects(
  effects: readonly TracedEffect[],
  now: number | undefined,
): TraceAxis | null {
  const [first] = effects;
  if (first === undefined) return null;
  const from = Math.min(...effects.map(({ started_at }) => started_at));
  const ends = effects.map(({ started_at, ended_at }) => ended_at ?? started_at);
  return { from, to: Math.max(from + 1, ...ends, now ?? 0) };
}

/**
 * Null if the effect is from an earlier run of the step, whose result was kept: it took no time in this
 * one. An effect that has not ended reaches to the end of the axis.
 */
export function barOf(effect: TracedEffect, { from, to }: TraceAxis): TraceBar | null {
  const { started_at, wait_ms } = effect;
  const end = effect.ended_at ?? to;
  if (started_at < from && end <= from) return null;
  const width = Math.max(1, to - from);
  const share = (at: number) => Math.min(1, Math.max(0, (at - from) / width));
  const start = share(started_at);
  const length = Math.max(0, share(end) - start);
  return { start, length, wait: Math.min(length, (wait_ms ?? 0) / width) };
}

/** Milliseconds; null if it has not ended, or if nobody knows when it did. */
export function tookOf({ state, started_at, ended_at }: TracedEffect): number | null {
  return ended_at === null || state === "unknown" ? null : ended_at - started_at;
}
