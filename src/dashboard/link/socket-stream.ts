/**
 * One stream of events from the server, for browsers whose way to it lets no WebSocket through. It
 * goes on by itself after anything but a refusal.
 * The browser reconnects and names the last event it had; where it gives up, this begins anew.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import { getJson, RequestError } from "./api.ts";
import { parseHarmless } from "./harmless.ts";

const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5_000;

/** `anew`: what was missed meanwhile is not sent again, everything must be read. */
export type StreamState = "connecting" | "open" | "anew" | "lost" | "refused";

export interface StreamOptions {
  readonly types: readonly EventType[];
  readonly agentId?: string;
  /** `epoch` tells one start of the server from another. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState?: (state: StreamState) => void;
}

export class EventStream implements Disposable {
  readonly #options: StreamOptions;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  /** The open connection is a new one, which knows nothing of the one before. */
  #isAnew = true;
  #last = { epoch: "", seq: 0 };

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#connect();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#retry);
    this.#source?.close();
  }

  /** Tries at once instead of waiting. */
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
    this.#isAnew = true;
    source.onopen = () => this.#open();
    source.onerror = () => this.#lose(source);
    source.onmessage = (message) => this.#hear(message);
    for (const type of [...types, "gap"]) {
      source.addEventListener(type, (message) => this.#hear(message as MessageEvent<string>));
    }
  }

  #open(): void {
    this.#retryMs = RETRY_MS_MIN;
    this.#options.onState?.(this.#isAnew ? "anew" : "open");
    this.#isAnew = false;
  }

  #lose(source: EventSource): void {
    this.#options.onState?.("lost");
    // Otherwise the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#tryAgain(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  /** An event source does not tell why it was turned away; a request does. */
  async #tryAgain(): Promise<void> {
    try {
      await getJson("/api/agents?limit=1");
    } catch (error) {
      const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
      if (isRefused) this.#options.onState?.("refused");
    }
    this.#connect();
  }

  #hear({ data, lastEventId }: MessageEvent<string>): void {
    const event = parseHarmless<TroupeEvent>(data);
    const epoch = lastEventId.split("-")[0] ?? "";
    const last = this.#last;
    // A gap is this subscriber's own and may share its number with an event.
    const isKnown = epoch === last.epoch && event.seq <= last.seq && event.type !== "gap";
    if (isKnown) return;
    this.#last = { epoch, seq: event.seq };
    this.#options.onEvent(event, epoch);
  }
}
