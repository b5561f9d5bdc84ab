/** Events of a fleet as an async iteration, from a server or from tables. */

import { TroupeError } from "../model/errors.ts";
import type { AgentSummary, EventType, TroupeEvent } from "../model/event.ts";

export interface EventOptions<T extends EventType = EventType> {
  /** Events of these agents alone; without it also those of no agent. */
  readonly agentIds?: readonly string[];
  /** Events of these types alone, and `gap`. */
  readonly types?: readonly T[];
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
  /** Called when the connection is made, when it is lost, and after each failed attempt. */
  readonly onConnection?: (connection: Connection) => void;
}

/** Whether the process that runs the agents is reached; in a fleet of shards the one of this `shard`. */
export type Connection =
  | { readonly isOpen: true; readonly shard?: number }
  | { readonly isOpen: false; readonly error: TroupeError; readonly shard?: number };

/** An event of an iteration over some types. A `gap` may arrive at any time. */
export type EventOf<T extends EventType> = Extract<TroupeEvent, { readonly type: T | "gap" }>;

export type Followed<T extends EventType = EventType> =
  | { readonly kind: "event"; readonly event: EventOf<T> }
  | { readonly kind: "connection"; readonly connection: Connection };

export const watchedTypes = [
  "agent.status",
  "agent.step",
  "agent.progress",
  "agent.unresponsive",
] as const;

/** An item of a watch. A consumer that keeps a picture of the agents replaces it by `agents`. */
export type Watched =
  | Followed<(typeof watchedTypes)[number]>
  /** The current state of all watched agents: at first, and after each gap. */
  | { readonly kind: "agents"; readonly agents: readonly AgentSummary[] };

export interface WatchOptions {
  /** The only agent that is watched. */
  readonly agentId?: string;
  /** Ends the watch, without an error. */
  readonly signal?: AbortSignal;
}

/** An iteration that the signals end, and `return` at any time, even while a `next` waits. */
export function endable<V>(
  signals: readonly (AbortSignal | undefined)[],
  iterate: (signal: AbortSignal) => AsyncGenerator<V, void>,
): AsyncGenerator<V, void> {
  const ending = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const values = untilEnded(AbortSignal.any([ending.signal, ...given]), iterate);
  const endWith = <R>(end: () => R): R => {
    ending.abort();
    return end();
  };
  return {
    next: () => values.next(),
    return: () => endWith(() => values.return()),
    throw: (error) => endWith(() => values.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      await endWith(() => values.return());
    },
  };
}

/** A fleet that is closed ends its iterations as a signal does. */
async function* untilEnded<V>(
  signal: AbortSignal,
  iterate: (signal: AbortSignal) => AsyncGenerator<V, void>,
): AsyncGenerator<V, void> {
  if (signal.aborted) return;
  try {
    yield* iterate(signal);
  } catch (error) {
    if (!(error instanceof TroupeError) || error.code !== "FLEET_CLOSED") throw error;
  }
}
