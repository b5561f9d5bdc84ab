/**
 * A stream of Server-Sent Events, for browsers whose network blocks WebSockets. The browser
 * reconnects and names the last event it received; if it gives up, a new stream is opened as soon as
 * the server accepts a request.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import { parseHarmless } from "./harmless.ts";
import { Reconnection } from "./reconnection.ts";

/**
 * `fresh`: events missed meanwhile are not sent again, so everything must be read · `quiet`: open, but what
 * is due does not arrive.
 */
export type StreamState = "connecting" | "open" | "fresh" | "quiet" | "lost" | "refused";

export interface StreamOptions {
  readonly types: readonly EventType[];
  readonly agentId?: string;
  /** `epoch` identifies one start of the server. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState: (state: StreamState) => void;
}

export class EventStream implements Disposable {
  readonly #options: StreamOptions;
  #source: EventSource | undefined;
  readonly #reconnection = new Reconnection({
    onDue: () => this.#connect(),
    onRefused: () => this.#options.onState("refused"),
  });
  /** The open connection is new and does not resume an earlier one. */
  #isFresh = true;
  #last = { epoch: "", seq: 0 };

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#connect();
  }

  [Symbol.dispose](): void {
    this.#reconnection.cancel();
    this.#source?.close();
  }

  /** That of the event source. */
  get readyState(): number | undefined {
    return this.#source?.readyState;
  }

  /** Tries immediately instead of waiting. */
  retryNow(): void {
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#connect();
  }

  #connect(): void {
    this.#reconnection.cancel();
    const { types, agentId } = this.#options;
    const query = new URLSearchParams({ types: [...types, "gap"].join(",") });
    if (agentId !== undefined) query.set("agent_id", agentId);
    this.#source?.close();
    const source = new EventSource(`./api/events?${query}`);
    this.#source = source;
    this.#isFresh = true;
    source.onopen = () => this.#open();
    source.onerror = () => this.#lose(source);
    source.onmessage = (message) => this.#receive(message);
  }

  #open(): void {
    this.#reconnection.succeed();
    this.#options.onState(this.#isFresh ? "fresh" : "open");
    this.#isFresh = false;
  }

  #lose(source: EventSource): void {
    this.#options.onState("lost");
    // Otherwise the browser retries automatically.
    if (source.readyState === EventSource.CLOSED) this.#reconnection.plan();
  }

  #receive({ data, lastEventId }: MessageEvent<string>): void {
    const event = parseHarmless<TroupeEvent>(data);
    const epoch = lastEventId.split("-")[0] ?? "";
    const last = this.#last;
    // A gap belongs to this subscriber and may share its number with an event.
    const isKnown = epoch === last.epoch && event.seq <= last.seq && event.type !== "gap";
    if (isKnown) return;
    this.#last = { epoch, seq: event.seq };
    this.#options.onEvent(event, epoch);
  }
}
