/** What REST is asked for: bodies and queries, in the words of the actions that come of them. */

import Type, { type Static, type TObject, type TProperties } from "typebox";
import {
  type ActionDeclaration,
  type PayloadSchema,
  reason,
} from "./actions/action-declaration.ts";
import { type ActionName, actions } from "./actions/action-registry.ts";
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

/** The fields of a payload, as TypeBox marks those that may be left out. */
function fieldsOf({ required = [], properties }: PayloadSchema): TProperties {
  const marked = Object.entries(properties).map(([name, schema]) => {
    return [name, required.includes(name) ? schema : Type.Optional(schema)];
  });
  return Object.fromEntries(marked);
}

/** The body of an action's own route: the agent's id in it is that of a new agent. */
export function bodyOf({ about, payload }: ActionDeclaration): Type.TUnsafe<ActionRequestBody> {
  const id = about === "newAgent" ? { agent_id: Type.Optional(AgentIdText) } : {};
  return Type.Unsafe(strict({ ...id, ...fieldsOf(payload), ...actionFields }));
}

export const DatabaseCompactBody = strict({});

/** Who wants it, and why. DELETE takes no body. */
export const DeleteQuery = strict({
  reason: Type.Optional(Type.Unsafe<string>(reason)),
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

/** What the body of an action's own route may carry: its payload's fields beside these. */
export interface ActionRequestBody {
  readonly actor?: string;
  readonly urgency?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly not_before?: number;
  readonly id?: string;
  readonly agent_id?: string;
}

/** One action as `POST /api/actions` takes it: its agent stands in the payload, as in the queue. */
export interface NewActionBody extends Omit<ActionRequestBody, "agent_id"> {
  readonly action: ActionName;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What `POST /api/actions` takes of each action. */
export const newActionBodies = Object.fromEntries(
  actions.map(({ name, about, payload }) => [
    name,
    strict({
      action: Type.Literal(name),
      payload:
        about === "environment" ? payload : strict({ agent_id: AgentIdText, ...fieldsOf(payload) }),
      ...actionFields,
    }),
  ]),
) as unknown as { readonly [A in ActionName]: TObject };

export const NewActionSchema = Type.Union(Object.values(newActionBodies), { $id: "NewAction" });

const NewActionReference = Type.Unsafe<NewActionBody>({ $ref: "NewAction#" });

/** One action or many, which are stored together or not at all. */
export const ActionsBody = Type.Unsafe<readonly NewActionBody[]>(
  Type.Union([
    NewActionReference,
    Type.Array(NewActionReference, { minItems: 1, maxItems: ENQUEUE_ROWS_MAX }),
  ]),
);
