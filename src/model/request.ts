/** What REST is asked for: bodies and queries, in the words of the actions that come of them. */

import Type, { type Static, type TObject, type TProperties } from "typebox";
import { type ActionName, payloads } from "./action.ts";
import { agentStatuses } from "./agent.ts";
import { ACTION_ID_MAX, AGENT_ID_PATTERN } from "./ids.ts";
import { ACTOR_CHARS_MAX, ENQUEUE_ROWS_MAX, TIME_MS_MAX, URGENCY_MAX } from "./limits.ts";
import { actionOutcomes } from "./rows/queue-row.ts";

/** As many rows as one page holds. */
const LIMIT_MAX = 1_000;
/** Longest cursor, type or search text of a query, in characters. */
const QUERY_TEXT_MAX = 2_000;

export const AgentIdText = Type.String({
  pattern: AGENT_ID_PATTERN,
  description: "id of an agent",
});

/** What every request for an action may carry beside the action's payload. */
const actionFields = {
  actor: Type.Optional(
    Type.String({ minLength: 1, maxLength: ACTOR_CHARS_MAX, description: "who asks" }),
  ),
  urgency: Type.Optional(Type.Integer({ minimum: -URGENCY_MAX, maximum: URGENCY_MAX })),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  not_before: Type.Optional(Type.Integer({ minimum: 0, maximum: TIME_MS_MAX })),
  id: Type.Optional(Type.String({ minLength: 1, maxLength: ACTION_ID_MAX })),
};

function strict<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

export const AgentCreateBody = strict({
  agent_id: Type.Optional(AgentIdText),
  ...payloads.create_agent.properties,
  ...actionFields,
});

export const AgentPauseBody = strict({ ...payloads.agent_pause.properties, ...actionFields });
export const AgentResumeBody = strict({ ...payloads.agent_resume.properties, ...actionFields });
export const AgentInterruptBody = strict({
  ...payloads.agent_interrupt.properties,
  ...actionFields,
});
export const AgentDestroyBody = strict({ ...payloads.agent_destroy.properties, ...actionFields });
export const EnvironmentReloadBody = strict(actionFields);
export const DatabaseCompactBody = strict({});

/** DELETE takes no body. */
export const AgentDeleteQuery = strict({
  reason: payloads.agent_destroy.properties.reason,
  actor: actionFields.actor,
});

const page = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: LIMIT_MAX, description: "items of one page at most" }),
  ),
  cursor: Type.Optional(
    Type.String({ maxLength: QUERY_TEXT_MAX, description: "`next_cursor` of the page before" }),
  ),
};

/** Which agents a list has. */
export type AgentFilter = Readonly<Static<typeof AgentFilter>>;
const AgentFilter = Type.Object({
  status: Type.Optional(Type.Enum([...agentStatuses], { description: "agents in this status" })),
  type: Type.Optional(
    Type.String({ maxLength: QUERY_TEXT_MAX, description: "agents of this type" }),
  ),
  q: Type.Optional(
    Type.String({ maxLength: QUERY_TEXT_MAX, description: "part of the id or of the subject" }),
  ),
});

export const AgentListQuery = strict({
  ...AgentFilter.properties,
  fields: Type.Optional(
    Type.Enum(["all"], {
      description: "`all`: with context, history and whole results; else summaries",
    }),
  ),
  ...page,
});

export const StepListQuery = strict(page);

export const ActionListQuery = strict({
  status: Type.Optional(
    Type.Enum(["pending", "processed"], { description: "whether they have ended" }),
  ),
  outcome: Type.Optional(Type.Enum([...actionOutcomes], { description: "how they ended" })),
  agent_id: Type.Optional(
    Type.String({ maxLength: QUERY_TEXT_MAX, description: "upon this agent" }),
  ),
  action: Type.Optional(Type.String({ maxLength: QUERY_TEXT_MAX, description: "of this name" })),
  ...page,
});

export const TypeParams = strict({
  name: Type.String({ minLength: 1, maxLength: 128, description: "name of a type of agents" }),
});
export const AgentParams = strict({ agent_id: AgentIdText });
/** Who withdraws an action, and why. DELETE takes no body. */
export const ActionDeleteQuery = strict({
  reason: payloads.agent_destroy.properties.reason,
  actor: actionFields.actor,
});

export const ActionParams = strict({
  action_id: Type.String({ maxLength: ACTION_ID_MAX, description: "id of an action" }),
});

const preferWait = {
  prefer: Type.Optional(
    Type.String({
      maxLength: 200,
      description: "`wait=<seconds>`: answer 200 with the processed action if it ends in that time",
    }),
  ),
};

/** Of a request for one action. */
export const ActionReadHeaders = Type.Object(preferWait);

/** Of every request that enqueues; other headers are nobody's business here. */
export const ActionHeaders = Type.Object({
  ...preferWait,
  "idempotency-key": Type.Optional(
    Type.String({
      pattern: "^[ -~]{1,255}$",
      description: "a request that is sent again with the same key takes effect once",
    }),
  ),
});

/** One action as `POST /api/actions` takes it: its agent stands in the payload, as in the queue. */
export interface NewActionBody {
  readonly action: ActionName;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly actor?: string;
  readonly urgency?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly not_before?: number;
  readonly id?: string;
}

/** The body of each action. */
export const actionBodies = Object.fromEntries(
  Object.entries(payloads).map(([name, payload]) => [
    name,
    strict({
      action: Type.Literal(name),
      payload:
        name === "environment_reload"
          ? Type.Record(Type.String(), Type.Unknown())
          : strict({ agent_id: AgentIdText, ...payload.properties }),
      ...actionFields,
    }),
  ]),
) as unknown as { readonly [A in ActionName]: TObject };

export const NewActionSchema = Type.Union(Object.values(actionBodies), { $id: "NewAction" });

const NewActionReference = Type.Unsafe<NewActionBody>({ $ref: "NewAction#" });

/** One action or many, which are stored together or not at all. */
export const ActionsBody = Type.Unsafe<readonly NewActionBody[]>(
  Type.Union([
    NewActionReference,
    Type.Array(NewActionReference, { minItems: 1, maxItems: ENQUEUE_ROWS_MAX }),
  ]),
);
