/** A fleet through the server that runs it. */

import type { ActionFilter, PageRequest } from "../client/connect.ts";
import type { AgentFilter } from "../model/request.ts";
import type { SettingsChange } from "../model/type-settings.ts";
import type { Server } from "./find-server.ts";
import type { Fleet } from "./fleet.ts";
import { ServerWatch } from "./server-watch.ts";
import type { WatchPrinter } from "./watch-printer.ts";

export class ServerFleet implements Fleet {
  readonly caveat = undefined;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get verbs() {
    return this.#server.client;
  }

  get destination(): string {
    const { url, pid } = this.#server;
    return pid === undefined ? `queued at ${url}` : `queued for process ${pid} at ${url}`;
  }

  agentPage(options: AgentFilter & PageRequest) {
    return this.#server.client.agentPage(options);
  }

  agentFind(agentId: string) {
    return this.#server.client.agentFind(agentId);
  }

  stepPage(agentId: string, options: PageRequest) {
    return this.#server.client.stepPage(agentId, options);
  }

  actionPage(options: ActionFilter & PageRequest) {
    return this.#server.client.actionPage(options);
  }

  types() {
    return this.#server.client.types();
  }

  typeSet(name: string, change: SettingsChange) {
    return this.#server.client.typeSet(name, change);
  }

  database() {
    return this.#server.client.database();
  }

  databaseCompact() {
    return this.#server.client.databaseCompact();
  }

  async watch(agentId: string | undefined, printer: WatchPrinter, signal: AbortSignal) {
    await new ServerWatch(this.#server, agentId, printer).run(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.client.close();
  }
}
