/**
 * The events of a server, and the state of the connection to it. Connects again whenever the connection
 * is lost and continues after the last event; an event `gap` reports missed events.
 */

import { setTimeout as delay } from "node:timers/promises";
import { createParser, type EventSourceParser } from "eventsource-parser";
import { type Backoff, backoffMs } from "../model/backoff.ts";
import { TroupeError } from "../model/errors.ts";
import type { EventType, TroupeEvent } from "../model/event.ts";
import { parseJsonObject } from "../model/parse-json.ts";
import type { EventOf, EventOptions, Followed } from "./event-iteration.ts";
import { isUnreachable, queryText, type Requests } from "./requests.ts";

/** Tries before the first connection; after them an unreachable server is an error. */
const FIRST_TRIES_MAX = 3;
/** Milliseconds between two tries to connect. */
const RECONNECT: Backoff = { baseMs: 250, maxMs: 5_000 };
/** Milliseconds of silence after which a connection is given up; servers send heartbeats. */
const SILENCE_MS_MAX = 45_000;
/** Characters of one event at most; a row alone may have more than a MiB. */
const EVENT_LENGTH_MAX = 16 * 1024 * 1024;

export class ServerEvents<T extends EventType> {
  readonly #requests: Requests;
  readonly #options: EventOptions<T>;
  readonly #signal: AbortSignal;
  /** The next connection continues after this event. */
  #lastId: string | undefined;
  /** Failed tries since the connection was lost. */
  #failures = 0;
  #wasOpen = false;

  constructor(requests: Requests, options: EventOptions<T>, signal: AbortSignal) {
    this.#requests = requests;
    this.#options = options;
    this.#signal = signal;
  }

  async *read(): AsyncGenerator<Followed<T>, void> {
    while (!this.#signal.aborted) {
      try {
        yield* this.#readOnce();
      } catch (error) {
        if (this.#signal.aborted) return;
        if (!this.#mayPass(error)) throw error;
        this.#failures += 1;
        if (this.#wasOpen) {
          yield { kind: "connection", connection: { isOpen: false, error: error as TroupeError } };
        }
        await this.#pause();
      }
    }
  }

  /** One connection, to its end. Throws `SERVER_UNREACHABLE` however it ends. */
  async *#readOnce(): AsyncGenerator<Followed<T>, void> {
    // Not `using`: programs that import this may run on a Node that cannot parse it.
    const silence = new Silence(this.#signal);
    try {
      yield* this.#readUntilSilent(silence);
    } finally {
      silence[Symbol.dispose]();
    }
  }

  async *#readUntilSilent(silence: Silence): AsyncGenerator<Followed<T>, void> {
    const { agentIds, types } = this.#options;
    const filter = { agent_id: agentIds?.join(","), types: types?.join(",") };
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.#lastId !== undefined) headers["last-event-id"] = this.#lastId;
    const path = `/api/events${queryText(filter)}`;
    const body = await this.#requests.stream(path, headers, silence.signal);
    const gathered: TroupeEvent[] = [];
    const parser = this.#makeParser(gathered);
    const decoder = new TextDecoder();
    let isOpen = false;
    try {
      for await (const chunk of body) {
        silence.postpone();
        parser.feed(decoder.decode(chunk, { stream: true }));
        // Only now, because the first bytes have the id from which a later connection continues.
        this.#wasOpen = true;
        if (!isOpen) yield { kind: "connection", connection: { isOpen: true } };
        isOpen = true;
        // A connection that delivered something counts as a success.
        this.#failures = 0;
        for (const event of gathered.splice(0)) yield { kind: "event", event: event as EventOf<T> };
      }
    } catch (cause) {
      if (cause instanceof TroupeError) throw cause;
      throw lost(cause);
    }
    throw lost(undefined);
  }

  #makeParser(gathered: TroupeEvent[]): EventSourceParser {
    return createParser({
      maxBufferSize: EVENT_LENGTH_MAX,
      onId: (id) => {
        this.#lastId = id;
      },
      onEvent: ({ data }) => {
        const event = parseEvent(data);
        if (event !== undefined) gathered.push(event);
      },
    });
  }

  /** A server that was reached before and now fails may be ending, starting or behind a proxy. */
  #mayPass(error: unknown): boolean {
    if (!(error instanceof TroupeError)) return false;
    const isFailing = error.code === "SERVER_UNKNOWN" || error.code === "INTERNAL";
    if (this.#wasOpen) return isUnreachable(error) || isFailing;
    return isUnreachable(error) && this.#failures < FIRST_TRIES_MAX;
  }

  async #pause(): Promise<void> {
    const pauseMs = backoffMs(RECONNECT, this.#failures, Math.random());
    // The loop notices an abort during the pause.
    await delay(pauseMs, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

/** Ends a connection that has been silent for too long, or whose outer signal aborts. */
class Silence implements Disposable {
  readonly signal: AbortSignal;
  readonly #ending = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(outer: AbortSignal) {
    this.signal = AbortSignal.any([outer, this.#ending.signal]);
    this.#timer = setTimeout(() => this.#ending.abort(new Error("it is silent")), SILENCE_MS_MAX);
  }

  postpone(): void {
    this.#timer.refresh();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#ending.abort();
  }
}

function parseEvent(data: string): TroupeEvent | undefined {
  const value = parseJsonObject(data);
  const isEvent = typeof value?.["type"] === "string";
  return isEvent ? (value as unknown as TroupeEvent) : undefined;
}

function lost(cause: unknown): TroupeError {
  const why = cause instanceof Error ? cause.message : "it ended the stream";
  return new TroupeError("SERVER_UNREACHABLE", `the connection to the server is lost: ${why}`, {
    cause,
  });
}
