/** What the verbs of `troupe agent` and `troupe env` ask for. */

import type { AgentCreateOptions, AgentInterruptOptions } from "../fleet/verbs.ts";
import { type PlainDeclaration, verbOf } from "../model/actions/action-registry.ts";
import { defined } from "../model/defined.ts";
import { newAgentId, parseAgentId } from "../model/ids.ts";
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

export interface InterruptOptions extends EnqueueOptions {
  readonly subject?: string;
  readonly guidance?: JsonObject;
  readonly now?: true;
}

/** Starts an agent, under a name made up for it if none is given. */
export function createAgent(given: string | undefined, options: CreateOptions): Promise<ExitCode> {
  const agentId = given === undefined ? newAgentId() : parseAgentId(given);
  const { type, subject, urgency, reason } = options;
  const config = configOf(options);
  const asked: AgentCreateOptions = {
    ...defined({ initialSubject: subject, agentType: type, config, urgency }),
    ...reasonMetadata(reason),
  };
  const verb: EnqueueVerb = {
    title: `create_agent of ${agentId}`,
    agentId,
    isMaking: true,
    append: (verbs, actor) => verbs.agentCreate(agentId, actor, asked),
  };
  return enqueueVerb(verb, options);
}

/** What needs nothing but the agent. */
export function steerAgent(
  action: PlainDeclaration,
  given: string,
  options: EnqueueOptions,
): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  return enqueueVerb(
    {
      title: `${action.name} of ${agentId}`,
      agentId,
      append: (verbs, actor) => verbs[verbOf(action)](agentId, actor, options.reason),
    },
    options,
  );
}

export function interruptAgent(given: string, options: InterruptOptions): Promise<ExitCode> {
  const agentId = parseAgentId(given);
  const { subject, now, reason } = options;
  if (subject === undefined && options.guidance === undefined) {
    throw new UsageError("agent interrupt needs --subject or --guidance");
  }
  const guidance = { ...options.guidance, ...defined({ subject }) };
  const asked: AgentInterruptOptions = {
    ...(now === true ? { mode: "now" } : {}),
    ...reasonMetadata(reason),
  };
  return enqueueVerb(
    {
      title: `agent_interrupt of ${agentId}`,
      agentId,
      append: (verbs, actor) => verbs.agentInterrupt(agentId, actor, guidance, asked),
    },
    options,
  );
}

export function reloadEnvironment(options: EnqueueOptions): Promise<ExitCode> {
  return enqueueVerb(
    {
      title: "environment_reload",
      append: (verbs, actor) => verbs.environmentReload(actor, reasonMetadata(options.reason)),
    },
    options,
  );
}

/** `--interval` is a setting that every agent has. */
function configOf({ config, interval }: CreateOptions): JsonObject | undefined {
  return interval === undefined ? config : { ...config, interval_ms: interval };
}
