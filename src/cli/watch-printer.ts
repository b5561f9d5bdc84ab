/** What `troupe agent watch` prints, whichever way it comes: each thing once, as text or as JSON. */

import type { AgentStatus } from "../model/agent.ts";
import type { AgentSummary, TroupeEvent } from "../model/event.ts";
import type { StepRow } from "../model/step.ts";
import { troubleCode } from "../picture/trouble.ts";
import { jsonLine, note, type OutputFormat, print } from "./text/terminal-output.ts";
import { statusLine, stepLine, unresponsiveLine } from "./watch-lines.ts";

/** What is printed; all that is left out fits everything. */
export interface WatchFilter {
  readonly type?: string;
  readonly status?: AgentStatus;
  /** Steps that failed, agents in trouble, those whose event loop stands. */
  readonly errors?: true;
}

type Known = Pick<AgentSummary, "agent_type" | "status">;

export class WatchPrinter {
  readonly #output: OutputFormat;
  readonly #filter: WatchFilter;
  /** Each agent as it was shown last: as many entries as there are rows. */
  readonly #known = new Map<string, Known>();

  constructor(output: OutputFormat, filter: WatchFilter = {}) {
    this.#output = output;
    this.#filter = filter;
  }

  /**
   * Remembers how things are: only what comes after is shown.
   * @param agentId the only one that is watched; undefined for all
   */
  begin(agentId: string | undefined, rows: readonly AgentSummary[]): void {
    for (const row of rows) this.#remember(row);
    const what = agentId === undefined ? `${rows.length} agents` : agentId;
    const isNow = agentId === undefined ? "" : `, now ${rows[0]?.status}`;
    note(`watching ${what}${isNow}; Ctrl-C ends it`);
  }

  step(step: StepRow): void {
    if (this.#filter.errors === true && step.status !== "error") return;
    if (this.#fits(step.agent_id)) print(stepLine(step, this.#output));
  }

  /** Prints it where it is another than the one before. */
  status(row: AgentSummary): void {
    const before = this.#known.get(row.agent_id)?.status;
    this.#remember(row);
    if (before === row.status) return;
    if (this.#filter.errors === true && troubleCode(row, null) === undefined) return;
    if (this.#fits(row.agent_id)) print(statusLine(row, before, this.#output));
  }

  unresponsive(event: TroupeEvent & { readonly type: "agent.unresponsive" }): void {
    if (this.#fits(event.agent_id ?? "")) print(unresponsiveLine(event, this.#output));
  }

  #remember({ agent_id, agent_type, status }: AgentSummary): void {
    this.#known.set(agent_id, { agent_type, status });
  }

  /** By its type, and by its status now. */
  #fits(agentId: string): boolean {
    const { type, status } = this.#filter;
    const known = this.#known.get(agentId);
    const isOfType = type === undefined || known?.agent_type === type;
    return isOfType && (status === undefined || known?.status === status);
  }

  /** What is between was not seen. To programs it is data, to people a message. */
  gap(event: TroupeEvent & { readonly type: "gap" }): void {
    if (this.#output === "json") print(jsonLine(event));
    note(`some events were missed (${event.data.reason}); steps between are in \`agent steps\``);
  }
}
