/**
 * Steps and changes of status as the server streams them. Goes on when the server is started again;
 * what was missed meanwhile is said.
 */

import type { EventOf } from "../client/event-stream.ts";
import { isUnreachable } from "../client/requests.ts";
import type { ListedAgent } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import { type AgentSummary, summarizeAgent } from "../model/event.ts";
import type { Server } from "./find-server.ts";
import { note } from "./text/terminal-output.ts";
import { unknownAgent } from "./unknown.ts";
import type { WatchPrinter } from "./watch-printer.ts";

const watchedTypes = ["agent.status", "agent.step", "agent.unresponsive"] as const;
type WatchedEvent = EventOf<(typeof watchedTypes)[number]>;

export class ServerWatch {
  readonly #server: Server;
  readonly #agentId: string | undefined;
  readonly #printer: WatchPrinter;
  /** Why there is no connection now; undefined while there is one. */
  #lostBy: string | undefined;

  constructor(server: Server, agentId: string | undefined, printer: WatchPrinter) {
    this.#server = server;
    this.#agentId = agentId;
    this.#printer = printer;
  }

  /** @throws {TroupeError} `AGENT_UNKNOWN` */
  async run(signal: AbortSignal): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const ended = new AbortController();
    const events = this.#server.client.events({
      types: watchedTypes,
      signal: AbortSignal.any([signal, ended.signal]),
      onConnection: (connection) => {
        if (connection.isOpen) opened.resolve();
        this.#tell(connection.isOpen ? undefined : connection.error.message);
      },
      ...defined({ agentIds: this.#agentId === undefined ? undefined : [this.#agentId] }),
    });
    // Events from now on are kept while the rows are read, so that nothing falls between.
    const first = events.next();
    await Promise.race([opened.promise, first]);
    try {
      const rows = await this.#readAgents();
      if (this.#agentId !== undefined && rows.length === 0) throw unknownAgent(this.#agentId);
      this.#printer.begin(this.#agentId, rows);
      const { value } = await first;
      if (value !== undefined) await this.#show(value);
      for await (const event of events) await this.#show(event);
    } finally {
      ended.abort();
      await first.catch(() => undefined);
    }
  }

  async #show(event: WatchedEvent): Promise<void> {
    switch (event.type) {
      case "agent.status":
        return this.#printer.status(event.data);
      case "agent.step":
        return this.#printer.step(event.data);
      case "agent.unresponsive":
        return this.#printer.unresponsive(event);
      case "gap":
        this.#printer.gap(event);
        return await this.#catchUp();
    }
  }

  /** A server that is gone again tells of another gap when it is back. */
  async #catchUp(): Promise<void> {
    try {
      for (const row of await this.#readAgents()) this.#printer.status(row);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
    }
  }

  /** Once when it is lost, and once when it is there again. */
  #tell(lostBy: string | undefined): void {
    if (lostBy !== undefined && this.#lostBy === undefined) note(`${lostBy}; trying again`);
    if (lostBy === undefined && this.#lostBy !== undefined) note("connected to the server again");
    this.#lostBy = lostBy;
  }

  async #readAgents(): Promise<readonly AgentSummary[]> {
    const { client } = this.#server;
    if (this.#agentId === undefined) return await Array.fromAsync(client.agents(), summaryOf);
    const view = await client.agentFind(this.#agentId);
    return view === undefined ? [] : [summaryOf(view)];
  }
}

function summaryOf({ live: _, ...row }: ListedAgent): AgentSummary {
  return summarizeAgent(row);
}
