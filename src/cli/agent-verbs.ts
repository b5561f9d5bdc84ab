/** The verbs of `troupe agent` and `troupe env`: each enqueues one action. */

import type { AgentCreateOptions, AgentInterruptOptions } from "../fleet/action-verbs.ts";
import { type PlainDeclaration, verbOf } from "../model/actions/action-registry.ts";
import { defined } from "../model/defined.ts";
import { newAgentId, parseAgentId } from "../model/ids.ts";
import { hasSelector, type SelectorOptions } from "./agent-selector.ts";
import { steerMany } from "./bulk-verbs.ts";
import { type EnqueueVerb, enqueueVerb, reasonMetadata } from "./enqueue-verb.ts";
import { type ExitCode, UsageError } from "./exit-codes.ts";
import type { EnqueueOptions } from "./options.ts";

type JsonObject = Readonly<Record<string, unknown>>;

export interface CreateOptions extends EnqueueOptions {
  readonly type?: string;
  readonly subject?: string;
  readonly config?: JsonObject;
  /** Milliseconds. */
  readonly interval?: number;
  readonly urgency?: number;
}

export interface InterruptOptions extends SelectorOptions {
  readonly subject?: string;
  readonly guidance?: JsonObject;
  readonly now?: true;
}

/** Starts an agent, with a new id if none is given. */
export function createAgent(given: string | undefined, options: CreateOptions): Promise<ExitCode> {
  const agentId = given === undefined ? newAgentId() : parseAgentId(given);
  const { type, subject, urgency, reason } = options;
  const config = configOf(options);
  const create: AgentCreateOptions = {
    ...defined({ initialSubject: subject, agentType: type, config, urgency }),
    ...reasonMetadata(reason),
  };
  const verb: EnqueueVerb = {
    title: `create_agent of ${agentId}`,
    agentId,
    createsIfMissing: true,
    append: (fleet, actor) => fleet.agentCreate(agentId, actor, create),
  };
  return enqueueVerb(verb, options);
}

/** An action that needs only the agent, or the agents of a selector. */
export function steerAgent(
  action: PlainDeclaration,
  given: string | undefined,
  options: SelectorOptions,
): Promise<ExitCode> {
  const { reason } = options;
  if (hasSelector(action.word, given, options)) {
    return steerMany({ action: action.name, payload: defined({ reason }) }, options);
  }
  const agentId = parseAgentId(given);
  return enqueueVerb(
    {
      title: `${action.name} of ${agentId}`,
      agentId,
      append: (fleet, actor) => fleet[verbOf(action)](agentId, actor, reason),
    },
    options,
  );
}

export function interruptAgent(
  given: string | undefined,
  options: InterruptOptions,
): Promise<ExitCode> {
  const { subject, now, reason } = options;
  const isForMany = hasSelector("interrupt", given, options);
  if (subject === undefined && options.guidance === undefined) {
    throw new UsageError("agent interrupt needs --subject or --guidance");
  }
  const guidance = { ...options.guidance, ...defined({ subject }) };
  const mode = now === true ? ("now" as const) : undefined;
  if (isForMany) {
    const payload = { guidance, ...defined({ mode }) };
    return steerMany({ action: "agent_interrupt", payload, ...reasonMetadata(reason) }, options);
  }
  const agentId = parseAgentId(given);
  const interrupt: AgentInterruptOptions = { ...defined({ mode }), ...reasonMetadata(reason) };
  return enqueueVerb(
    {
      title: `agent_interrupt of ${agentId}`,
      agentId,
      append: (fleet, actor) => fleet.agentInterrupt(agentId, actor, guidance, interrupt),
    },
    options,
  );
}

export function reloadEnvironment(options: EnqueueOptions): Promise<ExitCode> {
  return enqueueVerb(
    {
      title: "environment_reload",
      append: (fleet, actor) => fleet.environmentReload(actor, reasonMetadata(options.reason)),
    },
    options,
  );
}

/** `--interval` is a setting that every agent has. */
function configOf({ config, interval }: CreateOptions): JsonObject | undefined {
  return interval === undefined ? config : { ...config, interval_ms: interval };
}
