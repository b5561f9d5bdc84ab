/**
 * The page's one connection for events: a WebSocket, which is none of the six connections that a
 * browser has for one server, so that any number of tabs can be open. It goes on by itself after
 * anything but a refusal, and after the last event that came.
 *
 * Rejected: one stream shared by tabs. Not every browser has shared workers, and a leader among the
 * tabs has to be replaced whenever it is closed, suspended or crashes.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import type { StreamAnswer, StreamMessage } from "../../model/stream.ts";
import { getJson, RequestError } from "./api.ts";
import { parseHarmless } from "./harmless.ts";
import { EventStream, type StreamState } from "./socket-stream.ts";

/** Stands for all agents, and for what concerns none. */
const EVERYTHING = "*";
const RETRY_MS_MIN = 500;
const RETRY_MS_MAX = 5_000;
/** Figures come each second: after so many milliseconds without a word the connection is dead. */
const SILENCE_MS_MAX = 30_000;
const LOOK_MS = 5_000;
/** Tries without a single success after which the other kind of stream is taken. */
const TRIES_MAX = 3;

export interface SocketListener {
  /** `epoch` tells one start of the server from another. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState: (state: StreamState) => void;
}

export class EventSocket {
  readonly #listener: SocketListener;
  /** Types wanted of all agents, under `*`, and of single ones. */
  readonly #wishes = new Map<string, readonly EventType[]>();
  #socket: WebSocket | undefined;
  /** In place of the socket, by the key of the wish. */
  readonly #streams = new Map<string, EventStream>();
  #isStreaming = false;
  #tries = 0;
  #hasOpened = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = RETRY_MS_MIN;
  #heardAt = Date.now();
  /** The last event that came. */
  #last = { epoch: "", seq: 0 };
  /** What was before the next answer is read and not sent. */
  #isFresh = true;

  constructor(types: readonly EventType[], listener: SocketListener) {
    this.#listener = listener;
    this.#wishes.set(EVERYTHING, types);
    this.#connect();
    setInterval(() => this.#lookForSilence(), LOOK_MS);
  }

  /**
   * Wants these types of all agents. What happened since the last event comes, too, unless `isFresh`:
   * then the state is `anew`, as for a new connection.
   */
  wantOfAll(types: readonly EventType[], isFresh: boolean): void {
    this.#isFresh ||= isFresh;
    this.#want(EVERYTHING, types);
  }

  /** Wants these types of one agent, too, until disposed. */
  wantOf(agentId: string, types: readonly EventType[]): Disposable {
    this.#want(agentId, types);
    return { [Symbol.dispose]: () => this.#forget(agentId) };
  }

  /** Tries at once instead of waiting. */
  retryNow(): void {
    if (this.#socket?.readyState === WebSocket.OPEN) return;
    for (const stream of this.#streams.values()) stream.retryNow();
    if (!this.#isStreaming) this.#connect();
  }

  #want(key: string, types: readonly EventType[]): void {
    this.#wishes.set(key, types);
    if (this.#isStreaming) this.#stream(key, types);
    else this.#say(this.#wishOf(key, types));
  }

  #forget(agentId: string): void {
    this.#wishes.delete(agentId);
    this.#streams.get(agentId)?.[Symbol.dispose]();
    this.#streams.delete(agentId);
    this.#say({ unsubscribe: [agentId] });
  }

  #wishOf(key: string, types: readonly EventType[]): StreamMessage {
    const { epoch, seq } = this.#last;
    const wish = { subscribe: [key], types: [...types] };
    const goesOn = key === EVERYTHING && !this.#isFresh;
    return goesOn ? { ...wish, since: `${epoch}-${seq}` } : wish;
  }

  #say(message: StreamMessage): void {
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
    this.#heardAt = Date.now();
    socket.onopen = () => this.#open();
    socket.onclose = () => this.#lose();
    socket.onmessage = ({ data }: MessageEvent<string>) => this.#hear(data);
  }

  #open(): void {
    this.#hasOpened = true;
    this.#retryMs = RETRY_MS_MIN;
    for (const [key, types] of this.#wishes) this.#say(this.#wishOf(key, types));
  }

  #hear(text: string): void {
    this.#heardAt = Date.now();
    const message = parseHarmless<TroupeEvent | StreamAnswer>(text);
    if ("type" in message) this.#take(message);
    else if ("subscribed" in message) this.#begin(String(message.epoch), message.seq);
  }

  #begin(epoch: string, seq: number): void {
    const isAnew = this.#isFresh;
    this.#isFresh = false;
    if (isAnew || epoch !== this.#last.epoch) this.#last = { epoch, seq };
    this.#listener.onState(isAnew ? "anew" : "open");
  }

  #take(event: TroupeEvent): void {
    const { epoch, seq } = this.#last;
    // What was sent before a wish changed may be sent again.
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

  /** A socket does not tell why it was turned away; a request does. */
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

  #lookForSilence(): void {
    const isOpen = this.#socket?.readyState === WebSocket.OPEN;
    if (document.hidden || !isOpen) this.#heardAt = Date.now();
    else if (Date.now() - this.#heardAt > SILENCE_MS_MAX) this.#connect();
  }

  #streamInstead(): void {
    this.#isStreaming = true;
    for (const [key, types] of this.#wishes) this.#stream(key, types);
  }

  #stream(key: string, types: readonly EventType[]): void {
    this.#streams.get(key)?.[Symbol.dispose]();
    const { onEvent, onState } = this.#listener;
    const forAll = { types, onEvent, onState };
    this.#streams.set(
      key,
      new EventStream(key === EVERYTHING ? forAll : { types, onEvent, agentId: key }),
    );
  }
}
