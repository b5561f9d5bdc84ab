/** A server with nothing but its routes and an event bus, and clients that listen to it. */

import { get, type IncomingMessage } from "node:http";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { listenAt } from "../../src/control/http/listener.ts";
import { serve } from "../../src/control/server.ts";
import { StreamHub, type StreamLimits } from "../../src/control/stream/hub.ts";
import { Counters } from "../../src/counters.ts";
import { EventBus, type EventBusLimits } from "../../src/event-bus.ts";
import { countFleet } from "../../src/fleet-counts.ts";
import type { FleetCounts, TroupeEvent } from "../../src/model/event.ts";
import type { AgentId } from "../../src/model/ids.ts";
import { ActionQueue } from "../../src/queue/action-queue.ts";
import { AgentInspector } from "../../src/supervisor/inside/agent-inspector.ts";
import { AgentLogs } from "../../src/supervisor/inside/agent-logs.ts";
import { StatusCounts } from "../../src/supervisor/status-counts.ts";
import { UsageLedger } from "../../src/supervisor/usage-ledger.ts";
import { Database } from "../support/database.ts";
import { until } from "../support/until.ts";

export const EPOCH = 5;
export const token = "a-token-of-the-tests";

export interface DeskOptions {
  readonly limits?: Partial<StreamLimits>;
  readonly kept?: EventBusLimits;
}

const noCalls = { calls: 0, failures: 0, aborted: 0, refused: 0, inFlight: 0, waiting: 0 };

/** A fleet without any agent. */
const idle = {
  supervisor: { census: () => new StatusCounts({}).count([], new Map()), restarts: 0 },
  dispatcher: { inFlight: 0 },
  llm: { counters: () => ({ ...noCalls, inputTokens: 0, outputTokens: 0, costUsd: 0 }) },
};

interface DeskParts {
  readonly events: EventBus;
  readonly stream: StreamHub;
  readonly count: () => FleetCounts;
  readonly url: string;
  readonly opened: AsyncDisposableStack;
}

export class StreamDesk {
  readonly events: EventBus;
  readonly stream: StreamHub;
  readonly count: () => FleetCounts;
  readonly url: string;
  readonly #opened: AsyncDisposableStack;

  private constructor({ events, stream, count, url, opened }: DeskParts) {
    this.events = events;
    this.count = count;
    this.stream = stream;
    this.url = url;
    this.#opened = opened;
  }

  static async open({ limits = {}, kept = {} }: DeskOptions = {}): Promise<StreamDesk> {
    const database = await Database.make();
    const { store } = database;
    const events = new EventBus(kept);
    const stream = new StreamHub({ events, epoch: EPOCH, limits: { gatherMs: 1, ...limits } });
    const log = pino({ level: "silent" });
    const counters = new Counters(events);
    const usage = new UsageLedger();
    const parts = {
      queue: new ActionQueue(store.queue),
      withdraw: () => Promise.reject(new Error("nobody does")),
      store,
      events,
      stream,
      counters,
      log,
      epoch: EPOCH,
      live: () => null,
      liveAll: () => new Map(),
      liveNow: async () => null,
      models: () => [],
      about: () => ({ model: "none", database: "none" }),
      types: {
        list: async () => [],
        change: () => Promise.reject(new Error("there are none")),
        findSchema: () => undefined,
      },
      prices: () => new Map(),
      spent: () => [],
      usageOf: () => undefined,
      count: () => countFleet({ ...idle, store, counters, usage, prices: new Map() }),
      modelFault: () => undefined,
      lease: () => undefined,
      inside: {
        inspector: new AgentInspector(() => ({
          agents: new Map(),
          getRow: () => Promise.reject(new Error("nobody asks")),
        })),
        logs: new AgentLogs(() => undefined),
      },
    };
    const { count } = parts;
    await using opened = new AsyncDisposableStack();
    opened.use(database);
    const host = "127.0.0.1";
    const address = opened.use(await listenAt({ host, port: 0 }));
    opened.use(await serve({ address, parts, host, token, allowedHosts: [] }));
    const desk = new StreamDesk({ events, stream, count, url: address.url, opened: opened.move() });
    onTestFinished(() => desk.close());
    return desk;
  }

  async close(): Promise<void> {
    await this.#opened.disposeAsync();
  }

  /** Publishes an event that tells this number. */
  publish(agentId: string, iteration = 0): void {
    this.events.publish("agent.guidance", guidance(iteration), agentId as AgentId);
  }

  /** Listens to `/api/events`. Resolves once the server has taken it on. */
  async listen(query = "", headers: Readonly<Record<string, string>> = {}): Promise<SseClient> {
    const clients = this.stream.figures.clients;
    const client = await SseClient.open(`${this.url}/api/events${query}`, headers);
    if (client.status === 200) await until(() => this.stream.figures.clients > clients);
    return client;
  }

  /** Opens `/api/ws`. */
  async socket(): Promise<WsClient> {
    const client = new WsClient(`${this.url.replace("http", "ws")}/api/ws?token=${token}`);
    await client.opened;
    return client;
  }
}

function guidance(iteration: number) {
  return { action_id: `action${iteration}`, guidance: { iteration }, at: 0 };
}

/** A client that can be told not to read. */
export class SseClient {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly events: TroupeEvent[] = [];
  /** Ids as the stream gave them. */
  readonly ids: string[] = [];
  text = "";
  ended = false;
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    const parser = createParser({
      onEvent: ({ id, data }: EventSourceMessage) => {
        this.ids.push(id ?? "");
        this.events.push(JSON.parse(data) as TroupeEvent);
      },
    });
    response.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      parser.feed(text);
    });
    response.on("close", () => {
      this.ended = true;
    });
    response.on("error", () => undefined);
  }

  static async open(url: string, headers: Readonly<Record<string, string>>): Promise<SseClient> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = get(url, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      agent: false,
    });
    request.on("response", resolve).on("error", reject);
    const client = new SseClient(await promise);
    onTestFinished(() => void request.destroy());
    return client;
  }

  stall(): void {
    this.#response.pause();
  }

  goOn(): void {
    this.#response.resume();
  }

  /** Resolves with all events so far once there are this many. */
  async heard(count: number): Promise<readonly TroupeEvent[]> {
    await until(() => this.events.length >= count);
    return this.events;
  }

  close(): void {
    this.#response.destroy();
  }
}

export class WsClient {
  readonly socket: WebSocket;
  readonly opened: Promise<unknown>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  readonly events: TroupeEvent[] = [];
  readonly answers: unknown[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<number>();
    this.opened = opened.promise;
    this.closed = closed.promise;
    this.socket.onopen = () => opened.resolve();
    this.socket.onclose = ({ code }) => {
      closed.resolve(code);
      opened.reject(new Error(`closed with ${code}`));
    };
    this.socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as object;
      if ("type" in message) this.events.push(message as TroupeEvent);
      else this.answers.push(message);
    };
    this.opened.catch(() => undefined);
    onTestFinished(() => this.socket.close());
  }

  /** Sends it, as JSON unless it is text, and resolves with the answer. */
  async ask(message: unknown): Promise<unknown> {
    const count = this.answers.length;
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
    await until(() => this.answers.length > count);
    return this.answers[count];
  }

  async heard(count: number): Promise<readonly TroupeEvent[]> {
    await until(() => this.events.length >= count);
    return this.events;
  }
}
