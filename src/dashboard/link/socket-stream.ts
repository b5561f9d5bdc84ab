/**
 * A stream of Server-Sent Events, for browsers whose network blocks WebSockets. The browser
 * reconnects and names the last event it received; if it gives up, a new stream is opened, except
 * after a refusal.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import { getJson, RequestError } from "./api.ts";
import { parseHarmless } from "./harmless.ts";

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5_000;

/** `fresh`: events missed meanwhile are not sent again, so everything must be read. */
export type StreamState = "connecting" | "open" | "fresh" | "lost" | "refused";

export interface StreamOptions {
  readonly types: readonly EventType[];
  readonly agentId?: string;
  /** `epoch` identifies one start of the server. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState?: (state: StreamState) => void;
}

export class EventStream implements Disposable {
  readonly #options: StreamOptions;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  /** The open connection is new and does not resume an earlier one. */
  #isFresh = true;
  #last = { epoch: "", seq: 0 };

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#connect();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  /** Tries immediately instead of waiting. */
  retryNow(): void {
    if (this.#source?.readyState === EventSource.OPEN) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  #connect(): void {
    const { types, agentId } = this.#options;
    const query = new URLSearchParams({ types: [...types, "gap"].join(",") });
    if (agentId !== undefined) query.set("agent_id", agentId);
    this.#source?.close();
    const source = new EventSource(`/api/events?${query}`);
    this.#source = source;
    this.#isFresh = true;
    source.onopen = () => this.#open();
    source.onerror = () => this.#lose(source);
    source.onmessage = (message) => this.#receive(message);
    for (const type of [...types, "gap"]) {
      source.addEventListener(type, (message) => this.#receive(message as MessageEvent<string>));
    }
  }

  #open(): void {
    this.#retryMs = RETRY_MS_MIN;
    this.#options.onState?.(this.#isFresh ? "fresh" : "open");
    this.#isFresh = false;
  }

  #lose(source: EventSource): void {
    this.#options.onState?.("lost");
    // Otherwise the browser retries automatically.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#tryAgain(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  /** An event source does not report why it was refused; a request does. */
  async #tryAgain(): Promise<void> {
    try {
      await getJson("/api/agents?limit=1");
    } catch (error) {
      const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
      if (isRefused) this.#options.onState?.("refused");
    }
    this.#connect();
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
