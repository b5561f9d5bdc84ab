/**
 * `troupe agent watch`: prints each step and each change of status once it is stored, and how far running steps
 * are, as text or as JSON.
 */

import type { Connection, Watched } from "../fleet/event-iteration.ts";
import type { FleetSource } from "../fleet/fleet.ts";
import type { AgentStatus } from "../model/agent.ts";
import { defined } from "../model/defined.ts";
import type { AgentSummary } from "../model/event.ts";
import { parseAgentId } from "../model/ids.ts";
import { troubleCode } from "../picture/trouble.ts";
import { openCommandFleet } from "./command-fleet.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { untilInterrupted } from "./interruption.ts";
import type { FleetOptions } from "./options.ts";
import {
  jsonLine,
  note,
  type OutputFormat,
  type OutputOptions,
  print,
} from "./text/terminal-output.ts";
import { progressLine, statusLine, stepLine, unresponsiveLine } from "./watch-lines.ts";

/** Selects what is printed; a field that is left out selects everything. */
export interface WatchFilter {
  readonly type?: string;
  readonly status?: AgentStatus;
  /** Only failed steps, agents in trouble, and unresponsive agents. */
  readonly errors?: true;
}

export type WatchOptions = FleetOptions & OutputOptions & WatchFilter;

/** Ends with SIGINT or SIGTERM. @throws {TroupeError} `AGENT_UNKNOWN`. */
export async function watchAgents(
  given: string | undefined,
  options: WatchOptions,
): Promise<ExitCode> {
  const agentId = given === undefined ? undefined : parseAgentId(given);
  await using fleet = await openCommandFleet(options);
  using interruption = untilInterrupted();
  const printer = new WatchPrinter(agentId, options);
  const watch = fleet.watch({ ...defined({ agentId }), signal: interruption.signal });
  for await (const watched of watch) printer.print(watched, fleet.source);
  return exitCodes.ok;
}

type WatchedEvent = Extract<Watched, { readonly kind: "event" }>["event"];

class WatchPrinter {
  readonly #agentId: string | undefined;
  readonly #output: OutputFormat;
  readonly #filter: WatchFilter;
  /** Each agent as it was shown last. */
  readonly #known = new Map<string, Pick<AgentSummary, "agent_type" | "status">>();
  #hasStarted = false;
  /** Shards whose process is not reached; undefined stands for the only one. */
  readonly #lost = new Set<number | undefined>();

  /** @param agentId the only one that is watched; undefined for all */
  constructor(agentId: string | undefined, { output, ...filter }: OutputOptions & WatchFilter) {
    this.#agentId = agentId;
    this.#output = output;
    this.#filter = filter;
  }

  print(watched: Watched, source: FleetSource): void {
    switch (watched.kind) {
      case "agents":
        if (this.#hasStarted) for (const row of watched.agents) this.#printStatus(row);
        else this.#start(watched.agents);
        break;
      case "connection":
        this.#noteConnection(watched.connection, source);
        break;
      case "event":
        this.#printEvent(watched.event);
    }
  }

  /** Remembers the current statuses: only later changes are printed. */
  #start(rows: readonly AgentSummary[]): void {
    this.#hasStarted = true;
    for (const row of rows) this.#remember(row);
    const watched = this.#agentId ?? `${rows.length} agents`;
    const now = this.#agentId === undefined ? "" : `, now ${rows[0]?.status}`;
    note(`watching ${watched}${now}; Ctrl-C ends it`);
  }

  #printEvent(event: WatchedEvent): void {
    const isOnlyErrors = this.#filter.errors === true;
    switch (event.type) {
      case "agent.status":
        this.#printStatus(event.data);
        break;
      case "agent.step":
        if (isOnlyErrors && event.data.status !== "error") return;
        if (this.#fits(event.data.agent_id)) print(stepLine(event.data, this.#output));
        break;
      case "agent.progress":
        if (!isOnlyErrors && this.#fits(event.agent_id ?? ""))
          print(progressLine(event, this.#output));
        break;
      case "agent.unresponsive":
        if (this.#fits(event.agent_id ?? "")) print(unresponsiveLine(event, this.#output));
        break;
      case "gap":
        // For programs a gap is data, for people a message.
        if (this.#output === "json") print(jsonLine(event));
        note(
          `some events were missed (${event.data.reason}); \`agent steps\` lists the missed steps`,
        );
    }
  }

  /** Prints a status that differs from the one before. */
  #printStatus(row: AgentSummary): void {
    const before = this.#known.get(row.agent_id)?.status;
    this.#remember(row);
    if (before === row.status) return;
    if (this.#filter.errors === true && troubleCode(row, null) === undefined) return;
    if (this.#fits(row.agent_id)) print(statusLine(row, before, this.#output));
  }

  /** A lost server is reported once, and again when it is back. */
  #noteConnection(connection: Connection, source: FleetSource): void {
    const { shard } = connection;
    const wasLost = this.#lost.delete(shard);
    if (!connection.isOpen) this.#lost.add(shard);
    if (source.kind === "tables") {
      const { pid, location } = source;
      note(
        connection.isOpen
          ? `process ${pid} runs the agents of ${location}`
          : connection.error.message,
      );
    } else if (!connection.isOpen) {
      if (!wasLost) note(`${connection.error.message}; trying again`);
    } else if (wasLost) {
      note(`connected to the server${shard === undefined ? "" : ` of shard ${shard}`} again`);
    }
  }

  #remember({ agent_id, agent_type, status }: AgentSummary): void {
    this.#known.set(agent_id, { agent_type, status });
  }

  /** By its type and its current status. */
  #fits(agentId: string): boolean {
    const { type, status } = this.#filter;
    const known = this.#known.get(agentId);
    const isOfType = type === undefined || known?.agent_type === type;
    return isOfType && (status === undefined || known?.status === status);
  }
}
