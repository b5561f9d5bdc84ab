/**
 * The actions that a program answered with 2xx to the callers of a test, those that another program appended to
 * its table, and the status of its agents after them.
 */

export type Verb = "create" | "interrupt" | "pause" | "resume" | "destroy";

export interface AnsweredAction {
  readonly id: string;
  readonly verb: Verb;
  readonly agentId: string;
  /** The number that an interrupt brings. */
  readonly n: number;
  /** How it ended, if the caller was told. */
  readonly outcome: string | null;
  /** Another program appended it, and no start has had it yet: nobody has promised to keep it. */
  isLosable?: boolean;
}

/** Of an agent on which nothing is on its way. */
export type RestStatus = "running" | "paused" | "stopped";

export class AnsweredActions {
  readonly byId = new Map<string, AnsweredAction>();
  /**
   * The status that each agent will have, if it is known: the requests for an agent are made one after the
   * other, and a request that was not answered may have been carried out or not.
   */
  readonly statuses = new Map<string, RestStatus>();

  /** @param agentIds agents that do not exist yet, which is as good as stopped */
  constructor(agentIds: readonly string[]) {
    for (const agentId of agentIds) this.statuses.set(agentId, "stopped");
  }

  /** Makes one request for an agent; `send` resolves with undefined if it was not answered with 2xx. */
  async request(
    agentId: string,
    verb: Verb,
    send: () => Promise<AnsweredAction | undefined>,
  ): Promise<void> {
    const before = this.statuses.get(agentId);
    if (verb !== "interrupt") this.statuses.delete(agentId);
    const answered = await send();
    if (answered === undefined) return;
    this.byId.set(answered.id, answered);
    const after = statusAfter(before, verb);
    if (after !== undefined) this.statuses.set(agentId, after);
  }
}

/** A create does not resume, and only a create starts what is stopped. Pure. */
function statusAfter(before: RestStatus | undefined, verb: Verb): RestStatus | undefined {
  if (verb === "destroy") return "stopped";
  if (verb === "create" && before === "stopped") return "running";
  if (verb === "pause" && before === "running") return "paused";
  if (verb === "resume" && before === "paused") return "running";
  return before;
}
