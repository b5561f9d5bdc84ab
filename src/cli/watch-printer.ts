/** What `troupe agent watch` prints, whichever way it comes: each thing once, as text or as JSON. */

import type { AgentStatus } from "../model/agent.ts";
import type { AgentSummary, TroupeEvent } from "../model/event.ts";
import type { StepRow } from "../model/step.ts";
import { jsonLine, note, type OutputFormat, print } from "./output.ts";
import { statusLine, stepLine, unresponsiveLine } from "./watch-lines.ts";

export class WatchPrinter {
  readonly #output: OutputFormat;
  /** Last status shown of each agent: as many entries as there are rows. */
  readonly #statuses = new Map<string, AgentStatus>();

  constructor(output: OutputFormat) {
    this.#output = output;
  }

  /**
   * Remembers how things are: only what comes after is shown.
   * @param agentId the only one that is watched; undefined for all
   */
  begin(agentId: string | undefined, rows: readonly AgentSummary[]): void {
    for (const row of rows) this.#statuses.set(row.agent_id, row.status);
    const what = agentId === undefined ? `${rows.length} agents` : agentId;
    const isNow = agentId === undefined ? "" : `, now ${rows[0]?.status}`;
    note(`watching ${what}${isNow}; Ctrl-C ends it`);
  }

  step(step: StepRow): void {
    print(stepLine(step, this.#output));
  }

  /** Prints it where it is another than the one before. */
  status(row: AgentSummary): void {
    const before = this.#statuses.get(row.agent_id);
    if (before === row.status) return;
    this.#statuses.set(row.agent_id, row.status);
    print(statusLine(row, before, this.#output));
  }

  unresponsive(event: TroupeEvent & { readonly type: "agent.unresponsive" }): void {
    print(unresponsiveLine(event, this.#output));
  }

  /** What is between was not seen. To programs it is data, to people a message. */
  gap(event: TroupeEvent & { readonly type: "gap" }): void {
    if (this.#output === "json") print(jsonLine(event));
    note(`some events were missed (${event.data.reason}); steps between are in \`agent steps\``);
  }
}
