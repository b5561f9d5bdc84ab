/**
 * The page's one connection for events: a WebSocket, because it does not count among the six HTTP
 * connections of a browser to one server, so any number of tabs can be open. It reconnects
 * automatically, except after a refusal, and resumes after the last event.
 *
 * Rejected: one stream shared by tabs. Not every browser has shared workers, and a leader among the
 * tabs must be replaced whenever its tab is closed, suspended or crashes.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import type { StreamAnswer, StreamMessage } from "../../model/stream.ts";
import { getJson, RequestError } from "./api.ts";
import { parseHarmless } from "./harmless.ts";
import { EventStream, type StreamState } from "./socket-stream.ts";

/** Means all agents, and events about none. */
const ALL_AGENTS = "*";
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5_000;
/** Figures arrive each second: after so many milliseconds of silence the connection is dead. */
const SILENCE_MS_MAX = 30_000;
const CHECK_MS = 5_000;
/** Failed attempts without a single success after which Server-Sent Events are used. */
const TRIES_MAX = 3;

export interface SocketListener {
  /** `epoch` identifies one start of the server. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState: (state: StreamState) => void;
}

export class EventSocket {
  readonly #listener: SocketListener;
  /** Types subscribed to, of all agents under `*`, and of single agents. */
  readonly #subscriptions = new Map<string, readonly EventType[]>();
  #socket: WebSocket | undefined;
  /** Replace the socket, by the key of the subscription. */
  readonly #streams = new Map<string, EventStream>();
  #isStreaming = false;
  #tries = 0;
  #hasOpened = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  #receivedAt = Date.now();
  /** The last event received. */
  #last = { epoch: "", seq: 0 };
  /** Events before the next answer are not sent: everything is read. */
  #isFresh = true;

  constructor(types: readonly EventType[], listener: SocketListener) {
    this.#listener = listener;
    this.#subscriptions.set(ALL_AGENTS, types);
    this.#connect();
    setInterval(() => this.#checkSilence(), CHECK_MS);
  }

  /**
   * Subscribes to these types of all agents. Events since the last one arrive as well, unless
   * `isFresh`: then the state is `fresh`, as for a new connection.
   */
  subscribeToAll(types: readonly EventType[], isFresh: boolean): void {
    this.#isFresh ||= isFresh;
    this.#subscribe(ALL_AGENTS, types);
  }

  /** Subscribes to these types of one agent as well, until disposed. */
  subscribeTo(agentId: string, types: readonly EventType[]): Disposable {
    this.#subscribe(agentId, types);
    return { [Symbol.dispose]: () => this.#forget(agentId) };
  }

  /** Tries immediately instead of waiting. */
  retryNow(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) return;
    for (const stream of this.#streams.values()) stream.retryNow();
    if (!this.#isStreaming) this.#connect();
  }

  #subscribe(key: string, types: readonly EventType[]): void {
    this.#subscriptions.set(key, types);
    if (this.#isStreaming) this.#stream(key, types);
    else this.#send(this.#messageFor(key, types));
  }

  #forget(agentId: string): void {
    this.#subscriptions.delete(agentId);
    this.#streams.get(agentId)?.[Symbol.dispose]();
    this.#streams.delete(agentId);
    this.#send({ unsubscribe: [agentId] });
  }

  #messageFor(key: string, types: readonly EventType[]): StreamMessage {
    const { epoch, seq } = this.#last;
    const message = { subscribe: [key], types: [...types] };
    const isResumed = key === ALL_AGENTS && !this.#isFresh;
    return isResumed ? { ...message, since: `${epoch}-${seq}` } : message;
  }

  #send(message: StreamMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #connect(): void {
    clearTimeout(this.#retry);
    const before = this.#socket;
    if (before !== undefined) before.onclose = null;
    before?.close();
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/api/ws`);
    this.#socket = socket;
    this.#tries += 1;
    this.#receivedAt = Date.now();
    socket.onopen = () => this.#open();
    socket.onclose = () => this.#lose();
    socket.onmessage = ({ data }: MessageEvent<string>) => this.#receive(data);
  }

  #open(): void {
    this.#hasOpened = true;
    this.#retryMs = RETRY_MS_MIN;
    for (const [key, types] of this.#subscriptions) this.#send(this.#messageFor(key, types));
  }

  #receive(text: string): void {
    this.#receivedAt = Date.now();
    const message = parseHarmless<TroupeEvent | StreamAnswer>(text);
    if ("type" in message) this.#take(message);
    else if ("subscribed" in message) this.#begin(String(message.epoch), message.seq);
  }

  #begin(epoch: string, seq: number): void {
    const wasFresh = this.#isFresh;
    this.#isFresh = false;
    if (wasFresh || epoch !== this.#last.epoch) this.#last = { epoch, seq };
    this.#listener.onState(wasFresh ? "fresh" : "open");
  }

  #take(event: TroupeEvent): void {
    const { epoch, seq } = this.#last;
    // Events from before a changed subscription may be sent again.
    if (event.seq <= seq && event.type !== "gap") return;
    this.#last = { epoch, seq: event.seq };
    this.#listener.onEvent(event, epoch);
  }

  #lose(): void {
    this.#listener.onState("lost");
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#tryAgain(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }

  /** A socket does not report why it was refused; a request does. */
  async #tryAgain(): Promise<void> {
    try {
      await getJson("/api/agents?limit=1");
      if (!this.#hasOpened && this.#tries >= TRIES_MAX) return this.#streamInstead();
    } catch (error) {
      const isRefused = error instanceof RequestError && [401, 403].includes(error.status);
      if (isRefused) this.#listener.onState("refused");
    }
    this.#connect();
  }

  #checkSilence(): void {
    const isOpen = this.#socket?.readyState === WebSocket.OPEN;
    if (document.hidden || !isOpen) this.#receivedAt = Date.now();
    else if (Date.now() - this.#receivedAt > SILENCE_MS_MAX) this.#connect();
  }

  #streamInstead(): void {
    this.#isStreaming = true;
    for (const [key, types] of this.#subscriptions) this.#stream(key, types);
  }

  #stream(key: string, types: readonly EventType[]): void {
    this.#streams.get(key)?.[Symbol.dispose]();
    const { onEvent, onState } = this.#listener;
    const forAll = { types, onEvent, onState };
    this.#streams.set(
      key,
      new EventStream(key === ALL_AGENTS ? forAll : { types, onEvent, agentId: key }),
    );
  }
}
