/**
 * The verbs: each makes one action of what it is asked for. Shared by all who enqueue, whichever
 * way their actions go, so that they are the same everywhere.
 * Invariant: loads no database, because programs that speak to a server use it too.
 */

import type { NewAction } from "../model/action.ts";
import {
  type ActionName,
  type Payload,
  type PlainVerb,
  plainActions,
  verbOf,
} from "../model/actions/action-registry.ts";
import type { ActionView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";

/** What every action may carry beside its payload. */
export interface ActionOptions {
  /** Higher goes first; 0 by default. A whole number of 32 bits. */
  readonly urgency?: number;
  /** Free for the caller; kept in the row as it is. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch before which it is not dispatched. */
  readonly notBefore?: number;
  /** The caller's own id of the action; a second one with the same id is rejected. */
  readonly id?: string;
}

/** One action of any name, as {@link QueueVerbs.enqueue} takes it. */
export interface ActionRequest extends ActionOptions {
  readonly action: NewAction["action"];
  readonly payload: NewAction["payload"];
  readonly actor: string;
  readonly agentId?: string;
}

export interface AgentCreateOptions extends ActionOptions {
  readonly initialSubject?: string;
  /** `joke` by default. */
  readonly agentType?: string;
  /** Settings of the type's own, and `interval_ms`. */
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface AgentInterruptOptions extends ActionOptions {
  /** `next` step boundary, the default, or `now`: the running step's model call is aborted. */
  readonly mode?: "next" | "now";
}

/** Verb of an action that needs nothing but its agent. */
type AgentVerb = (
  agentId: string,
  actor: string,
  reason?: string,
  options?: ActionOptions,
) => Promise<string>;

/** `agentPause`, `agentResume`, `agentDestroy` and their like, made from the declarations. */
const PlainVerbs = class {} as unknown as abstract new () => Readonly<Record<PlainVerb, AgentVerb>>;

for (const action of plainActions) {
  const verb: AgentVerb = async function (this: QueueVerbs, agentId, actor, reason, options = {}) {
    const payload = { agent_id: agentId, ...defined({ reason }) };
    return await appendOne(this, action.name, actor, options, payload);
  };
  Object.defineProperty(PlainVerbs.prototype, verbOf(action), { value: verb, writable: true });
}

/**
 * Every verb resolves with the action's id once the row is durable. A request that makes no sense ends
 * `rejected`; one that no row could hold is refused with `ACTION_MALFORMED`: text with half a surrogate
 * pair, data that is not JSON or nested deeper than 100, a payload of more than 256 KiB.
 */
export abstract class QueueVerbs extends PlainVerbs implements AsyncDisposable {
  /** Appends up to 10,000 actions in one commit; resolves with their ids, in order. */
  async enqueue(requests: readonly ActionRequest[]): Promise<readonly string[]> {
    return await this.append(requests.map(toNewAction));
  }

  /** {@link enqueue} in the words of the rows. */
  protected abstract append(actions: readonly NewAction[]): Promise<readonly string[]>;

  /** The action as it is now; undefined where there is none of this id. */
  abstract actionFind(actionId: string): Promise<ActionView | undefined>;

  /**
   * Resolves with the action once it is processed.
   * @param timeoutMs how long to wait, in milliseconds
   * @throws {TroupeError} `WAIT_TIMEOUT`; the action goes on all the same.
   */
  abstract actionWait(actionId: string, timeoutMs: number): Promise<ActionView>;

  /**
   * Withdraws an action that has not begun; resolves with it as it then is, `cancelled`. One that was
   * withdrawn before is answered as it is.
   * @throws {TroupeError} `ACTION_NOT_FOUND`, `ACTION_BEGUN`, `STORE_UNAVAILABLE`.
   */
  abstract actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView>;

  /** Closes what it was opened with. */
  abstract close(): Promise<void>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts an agent. */
  async agentCreate(
    agentId: string,
    actor: string,
    options: AgentCreateOptions = {},
  ): Promise<string> {
    const { initialSubject, agentType, config, ...rest } = options;
    const payload = defined({ initial_subject: initialSubject, agent_type: agentType, config });
    return await appendOne(this, "create_agent", actor, rest, { agent_id: agentId, ...payload });
  }

  /** Brings guidance to the agent; what it means is up to the agent's type. */
  async agentInterrupt(
    agentId: string,
    actor: string,
    guidance: Readonly<Record<string, unknown>>,
    options: AgentInterruptOptions = {},
  ): Promise<string> {
    const { mode, ...rest } = options;
    const payload = { agent_id: agentId, guidance, ...defined({ mode }) };
    return await appendOne(this, "agent_interrupt", actor, rest, payload);
  }

  /** Has `.env`, `agents_config` and the user agents' modules read again. */
  async environmentReload(actor: string, options: ActionOptions = {}): Promise<string> {
    return await appendOne(this, "environment_reload", actor, options, {});
  }
}

async function appendOne<A extends ActionName>(
  queue: QueueVerbs,
  action: A,
  actor: string,
  options: ActionOptions,
  payload: Payload<A> & { readonly agent_id?: string },
): Promise<string> {
  const about = defined({ agentId: payload.agent_id });
  const [id] = await queue.enqueue([{ action, actor, payload, ...about, ...options }]);
  return id ?? "";
}

/** What a program says, in the words of the rows. */
function toNewAction(asked: ActionRequest): NewAction {
  const { action, agentId: agent_id, actor, payload } = asked;
  const { urgency, metadata, notBefore: not_before, id } = asked;
  return { action, agent_id, actor, payload, urgency, metadata, not_before, id };
}
