/**
 * The verbs: each enqueues one action. Every fleet has the same ones.
 * Invariant: loads no database, because clients of a server use it too.
 */

import type { NewAction } from "../model/action.ts";
import {
  type ActionName,
  type Payload,
  type PlainVerb,
  plainActions,
  verbOf,
} from "../model/actions/action-registry.ts";
import type { ActionView, EffectView } from "../model/agent-view.ts";
import { defined } from "../model/defined.ts";
import {
  checkResolution,
  checkUnknown,
  type EffectResolution,
} from "../model/effect-resolution.ts";
import { TroupeError } from "../model/errors.ts";
import { fleetClosed, unknownEffect } from "../model/fleet-errors.ts";
import { excerpt } from "../model/ids.ts";
import { findOptionFault } from "./option-fault.ts";

export interface ActionOptions {
  /** Higher goes first; 0 by default. A whole number of 32 bits. */
  readonly urgency?: number;
  /** Data of the caller's own, stored in the row unchanged. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch before which it is not dispatched. */
  readonly notBefore?: number;
  /** The caller's own id of the action; a second action with the same id is rejected. */
  readonly id?: string;
}

/** One action of any name, as {@link ActionVerbs.enqueue} takes it. */
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
  const verb: AgentVerb = async function (this: ActionVerbs, agentId, actor, reason, options = {}) {
    const payload = { agent_id: agentId, ...defined({ reason }) };
    return await appendOne(this, action.name, actor, options, payload);
  };
  Object.defineProperty(PlainVerbs.prototype, verbOf(action), { value: verb, writable: true });
}

/**
 * Every verb resolves with the action's id once the row is durable. An invalid request ends `rejected`.
 * One that a row cannot hold is refused with `ACTION_MALFORMED`: text with half a surrogate pair, data
 * that is not JSON or nested deeper than 100, a payload of more than 256 KiB.
 */
export abstract class ActionVerbs extends PlainVerbs implements AsyncDisposable {
  readonly #closing = new AbortController();

  /** Fires when the fleet is closed, with the error of calls that it ends or that are made later. */
  protected get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Appends up to 10,000 actions in one commit; resolves with their ids, in order. */
  async enqueue(requests: readonly ActionRequest[]): Promise<readonly string[]> {
    if (!Array.isArray(requests)) {
      throw malformed(`enqueue takes an array of actions, got ${excerpt(requests)}`);
    }
    return await this.append(requests.map(toNewAction));
  }

  /** {@link enqueue} with the column names of the rows. */
  protected abstract append(actions: readonly NewAction[]): Promise<readonly string[]>;

  /** The current state of the action; undefined if no action has this id. */
  abstract actionFind(actionId: string): Promise<ActionView | undefined>;

  /**
   * Resolves with the action once it is processed.
   * @param timeoutMs how long to wait, in milliseconds
   * @throws {TroupeError} `WAIT_TIMEOUT`; the action continues all the same.
   */
  abstract actionWait(actionId: string, timeoutMs: number): Promise<ActionView>;

  /**
   * Withdraws an action that has not started; resolves with the `cancelled` action, also if it was
   * withdrawn before.
   * @throws {TroupeError} `ACTION_NOT_FOUND`, `ACTION_BEGUN`, `STORE_UNAVAILABLE`.
   */
  abstract actionCancel(actionId: string, actor: string, reason?: string): Promise<ActionView>;

  /** The newest state of the effect; undefined if no effect has this id. */
  abstract effectFind(effectId: string): Promise<EffectView | undefined>;

  /**
   * Closes the database and all connections. Iterations over events end without an error; waits that have
   * not ended, and later calls, are rejected with `FLEET_CLOSED`, and so may be a read that runs. Actions
   * whose verb was called before through the tables are stored first.
   */
  async close(): Promise<void> {
    this.#closing.abort(fleetClosed());
    await this.release();
  }

  /** Closes what the fleet keeps open, if that is not done by {@link closing}. */
  protected abstract release(): Promise<void>;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Starts an agent. */
  async agentCreate(
    agentId: string,
    actor: string,
    options: AgentCreateOptions = {},
  ): Promise<string> {
    refuseOthers("agentCreate", options, createNames);
    const { initialSubject, agentType, config, ...rest } = options;
    const payload = defined({ initial_subject: initialSubject, agent_type: agentType, config });
    return await appendOne(this, "create_agent", actor, rest, { agent_id: agentId, ...payload });
  }

  /** Brings guidance to the agent, whose type defines its meaning. */
  async agentInterrupt(
    agentId: string,
    actor: string,
    guidance: Readonly<Record<string, unknown>>,
    options: AgentInterruptOptions = {},
  ): Promise<string> {
    refuseOthers("agentInterrupt", options, ["mode", ...optionNames]);
    const { mode, ...rest } = options;
    const payload = { agent_id: agentId, guidance, ...defined({ mode }) };
    return await appendOne(this, "agent_interrupt", actor, rest, payload);
  }

  /**
   * Settles an effect whose outcome is unknown; an agent that paused because of it continues.
   * @throws {TroupeError} `EFFECT_NOT_FOUND`, `EFFECT_SETTLED`, `ACTION_MALFORMED`.
   */
  async effectResolve(
    effectId: string,
    actor: string,
    resolution: EffectResolution,
    options: ActionOptions = {},
  ): Promise<string> {
    checkResolution(resolution);
    const effect = await this.effectFind(effectId);
    if (effect === undefined) throw unknownEffect(effectId);
    checkUnknown(effectId, effect.state);
    const { agent_id } = effect;
    const payload = { agent_id, effect_id: effectId, ...resolution };
    return await appendOne(this, "effect_resolve", actor, options, payload);
  }

  /** Has `.env`, `agents_config`, own BAML functions and the user agents' modules read again. */
  async environmentReload(actor: string, options: ActionOptions = {}): Promise<string> {
    return await appendOne(this, "environment_reload", actor, options, {});
  }
}

async function appendOne<A extends ActionName>(
  queue: ActionVerbs,
  action: A,
  actor: string,
  options: ActionOptions,
  payload: Payload<A> & { readonly agent_id?: string },
): Promise<string> {
  refuseOthers(action, options, optionNames);
  const about = defined({ agentId: payload.agent_id });
  const [id] = await queue.enqueue([{ action, actor, payload, ...about, ...options }]);
  return id ?? "";
}

const optionNames: readonly string[] = [
  "urgency",
  "metadata",
  "notBefore",
  "id",
] satisfies readonly (keyof ActionOptions)[];

const createNames = ["initialSubject", "agentType", "config", ...optionNames];
const requestNames: readonly string[] = ["action", "agentId", "actor", "payload", ...optionNames];

function toNewAction(request: ActionRequest): NewAction {
  refuseOthers("enqueue", request, requestNames);
  const { action, agentId: agent_id, actor, payload, metadata } = request;
  const { urgency, notBefore: not_before, id } = request;
  return { action, agent_id, actor, payload, urgency, metadata, not_before, id };
}

/** Untyped callers may pass other names, such as REST's `not_before`, which must not be lost. */
function refuseOthers(verb: string, given: object, known: readonly string[]): void {
  const fault = findOptionFault(given, known);
  if (fault !== undefined) throw malformed(`${verb} ${fault.text}`);
}

function malformed(message: string): TroupeError {
  return new TroupeError("ACTION_MALFORMED", message);
}
