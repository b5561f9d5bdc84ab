/**
 * The page's one connection for events: a WebSocket, because it does not count among the six HTTP
 * connections of a browser to one server, so any number of tabs can be open. It reconnects
 * automatically, after a refusal as soon as the server accepts a request again, and resumes after the last
 * event.
 *
 * Rejected: one stream shared by tabs. Not every browser has shared workers, and a leader among the
 * tabs must be replaced whenever its tab is closed, suspended or crashes.
 */

import type { EventType, TroupeEvent } from "../../model/event.ts";
import type { StreamAnswer, StreamMessage } from "../../model/stream.ts";
import { parseHarmless } from "./harmless.ts";
import { Reconnection } from "./reconnection.ts";
import { type Expected, SilenceWatch } from "./silence-watch.ts";
import { EventStream, type StreamState } from "./socket-stream.ts";

/** Means all agents, and events about none. */
const ALL_AGENTS = "*";
const CHECK_MS = 1_000;
/** Failed attempts without a single success after which Server-Sent Events are used. */
const TRIES_MAX = 3;

export interface SocketListener {
  /** `epoch` identifies one start of the server. */
  readonly onEvent: (event: TroupeEvent, epoch: string) => void;
  readonly onState: (state: StreamState) => void;
}

interface Subscription {
  readonly types: readonly EventType[];
  /** Its events arrive from now on; earlier ones may have been missed. */
  readonly onOpen?: () => void;
}

export class EventSocket {
  readonly #listener: SocketListener;
  /** Of all agents under `*`, and of single agents. */
  readonly #subscriptions = new Map<string, Subscription>();
  /** The subscription that each message without an answer is about; undefined for the end of one. */
  #asked: (string | undefined)[] = [];
  #socket: WebSocket | undefined;
  /** Replace the socket, by the key of the subscription. */
  readonly #streams = new Map<string, EventStream>();
  #isStreaming = false;
  #tries = 0;
  #hasOpened = false;
  readonly #reconnection = new Reconnection({
    onDue: (isServed) => this.#connectAgain(isServed),
    onRefused: () => this.#listener.onState("refused"),
  });
  readonly #silence = new SilenceWatch();
  #isQuiet = false;
  /** The last event received. */
  #last = { epoch: "", seq: 0 };
  /** Events before the next answer are not sent: everything is read. */
  #isFresh = true;

  constructor(types: readonly EventType[], listener: SocketListener) {
    this.#listener = listener;
    this.#subscriptions.set(ALL_AGENTS, { types });
    this.#connect();
    setInterval(() => this.#checkSilence(), CHECK_MS);
  }

  /**
   * Subscribes to these types of all agents. Events since the last one arrive as well, unless
   * `isFresh`: then the state is `fresh`, as for a new connection.
   */
  subscribeToAll(types: readonly EventType[], isFresh: boolean): void {
    this.#isFresh ||= isFresh;
    this.#subscribe(ALL_AGENTS, { types });
  }

  /**
   * Subscribes to these types of one agent as well, until disposed.
   * @param onOpen called each time that the subscription takes effect: events before that are not sent
   */
  subscribeTo(agentId: string, types: readonly EventType[], onOpen: () => void): Disposable {
    this.#subscribe(agentId, { types, onOpen });
    return { [Symbol.dispose]: () => this.#forget(agentId) };
  }

  /** Tries immediately instead of waiting. */
  retryNow(): void {
    if (this.#isQuiet) this.#abandon();
    if (this.#socket?.readyState === WebSocket.OPEN) return;
    for (const stream of this.#streams.values()) stream.retryNow();
    if (!this.#isStreaming) this.#connect();
  }

  /** A request has failed: the connection must show that it is alive. */
  probe(): void {
    const all = this.#subscriptions.get(ALL_AGENTS);
    if (all !== undefined && this.#asked.length === 0) this.#ask(ALL_AGENTS, all);
  }

  #subscribe(key: string, subscription: Subscription): void {
    this.#subscriptions.set(key, subscription);
    if (this.#isStreaming) this.#stream(key, subscription);
    else this.#ask(key, subscription);
  }

  #forget(agentId: string): void {
    this.#subscriptions.delete(agentId);
    this.#streams.get(agentId)?.[Symbol.dispose]();
    this.#streams.delete(agentId);
    this.#send({ unsubscribe: [agentId] }, undefined);
  }

  #ask(key: string, { types }: Subscription): void {
    const { epoch, seq } = this.#last;
    const message = { subscribe: [key], types: [...types] };
    const isResumed = key === ALL_AGENTS && !this.#isFresh;
    this.#send(isResumed ? { ...message, since: `${epoch}-${seq}` } : message, key);
  }

  #send(message: StreamMessage, key: string | undefined): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    // The check is late in a tab that comes to the front: browsers slow down the timers of others.
    if (this.#asked.length === 0) this.#silence.restart();
    this.#asked.push(key);
  }

  #connect(): void {
    this.#reconnection.cancel();
    this.#drop();
    // Not every browser takes a relative address here.
    const url = new URL("./api/ws", document.baseURI).href.replace(/^http/, "ws");
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#tries += 1;
    this.#silence.restart();
    socket.onopen = () => this.#open();
    socket.onclose = () => this.#lose();
    socket.onmessage = ({ data }: MessageEvent<string>) => this.#receive(data);
  }

  #open(): void {
    this.#hasOpened = true;
    this.#reconnection.succeed();
    this.#silence.succeed();
    this.#asked = [];
    for (const [key, subscription] of this.#subscriptions) this.#ask(key, subscription);
  }

  #receive(text: string): void {
    this.#endSilence();
    const message = parseHarmless<TroupeEvent | StreamAnswer>(text);
    if ("type" in message) this.#take(message);
    else this.#takeAnswer(message, this.#asked.shift());
  }

  #takeAnswer(answer: StreamAnswer, key: string | undefined): void {
    if (!("subscribed" in answer)) return;
    this.#begin(String(answer.epoch), answer.seq);
    if (key !== undefined) this.#subscriptions.get(key)?.onOpen?.();
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
    this.#isQuiet = false;
    this.#asked = [];
    this.#listener.onState("lost");
    this.#reconnection.plan();
  }

  #connectAgain(isServed: boolean): void {
    if (isServed && !this.#hasOpened && this.#tries >= TRIES_MAX) this.#streamInstead();
    else this.#connect();
  }

  #endSilence(): void {
    this.#silence.restart();
    if (this.#isQuiet) this.#listener.onState("open");
    this.#isQuiet = false;
  }

  #checkSilence(): void {
    const silence = this.#silence.check(this.#expected());
    if (silence === "dead") this.#abandon();
    if (silence !== "quiet" || this.#isQuiet) return;
    this.#isQuiet = true;
    this.#listener.onState("quiet");
  }

  #expected(): Expected {
    // Both kinds of connections number their states alike.
    const { readyState } = this.#streams.get(ALL_AGENTS) ?? this.#socket ?? {};
    if (readyState === WebSocket.CONNECTING) return "opening";
    if (readyState !== WebSocket.OPEN) return "nothing";
    if (this.#asked.length > 0) return "answer";
    return document.hidden ? "nothing" : "events";
  }

  #abandon(): void {
    this.#drop();
    if (this.#isStreaming) {
      this.#followStream("lost");
      // All of them: those of single agents are on the same line, and may be silent for long.
      this.#streamInstead();
    } else this.#lose();
  }

  /** The end of a dead connection would only be reported after its last timeout. */
  #drop(): void {
    const dropped = this.#socket;
    if (dropped === undefined) return;
    dropped.onopen = dropped.onmessage = dropped.onclose = null;
    dropped.close();
    this.#socket = undefined;
  }

  #streamInstead(): void {
    this.#isStreaming = true;
    for (const [key, subscription] of this.#subscriptions) this.#stream(key, subscription);
  }

  #stream(key: string, { types, onOpen }: Subscription): void {
    this.#streams.get(key)?.[Symbol.dispose]();
    const { onEvent } = this.#listener;
    const forAgent = {
      agentId: key,
      // The browser names the last event when it opens the stream again, but not in a new stream.
      onState: (state: StreamState) => state === "fresh" && onOpen?.(),
    };
    const forAll = {
      onState: (state: StreamState) => this.#followStream(state),
      onEvent: (event: TroupeEvent, epoch: string) => {
        this.#endSilence();
        onEvent(event, epoch);
      },
    };
    if (key === ALL_AGENTS) this.#silence.restart();
    const options = key === ALL_AGENTS ? forAll : forAgent;
    this.#streams.set(key, new EventStream({ types, onEvent, ...options }));
  }

  /** The stream of all agents has opened, or the browser reconnects it. */
  #followStream(state: StreamState): void {
    this.#isQuiet = false;
    this.#silence.restart();
    if (state === "fresh" || state === "open") this.#silence.succeed();
    this.#listener.onState(state);
  }
}
