/** REST's bodies, queries, parameters and headers; bodies have the field names of the actions. */

import Type, { type TObject, type TProperties } from "typebox";
import {
  type ActionDeclaration,
  type PayloadSchema,
  reason,
} from "./actions/action-declaration.ts";
import { type ActionName, actions } from "./actions/action-registry.ts";
import { type AgentFilter, agentFilterEntries, FILTER_TEXT_MAX } from "./agent-filter.ts";
import { ACTION_ID_MAX, AGENT_ID_FORM, AGENT_ID_PATTERN } from "./ids.ts";
import { ACTOR_CHARS_MAX, ENQUEUE_ROWS_MAX, TIME_MS_MAX, URGENCY_MAX } from "./limits.ts";
import type { PageRequest } from "./list-page.ts";
import { type OptionSchema, type OptionValue, readOptions } from "./read-options.ts";
import { patternOf } from "./schema-words.ts";

/** Longest text of a query, in characters. */
const QUERY_TEXT_MAX = FILTER_TEXT_MAX;
/** Longest id of an effect, in characters; real ones are UUIDs. */
const EFFECT_ID_MAX = 128;

export const AgentIdText = Type.String({
  ...patternOf(AGENT_ID_PATTERN, AGENT_ID_FORM),
  description: "id of an agent",
});

/** Fields that every request for an action may have next to those of the payload. */
const actionFields = {
  actor: Type.Optional(
    Type.String({ minLength: 1, maxLength: ACTOR_CHARS_MAX, description: "name of the requester" }),
  ),
  urgency: Type.Optional(Type.Integer({ minimum: -URGENCY_MAX, maximum: URGENCY_MAX })),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  not_before: Type.Optional(Type.Integer({ minimum: 0, maximum: TIME_MS_MAX })),
  id: Type.Optional(Type.String({ minLength: 1, maxLength: ACTION_ID_MAX })),
};

function strict<T extends TProperties>(properties: T) {
  return Type.Object(properties, { additionalProperties: false });
}

/** The fields of a payload, with optional ones marked for TypeBox. */
function fieldsOf({ required = [], properties }: PayloadSchema): TProperties {
  const marked = Object.entries(properties).map(([name, schema]) => {
    return [name, required.includes(name) ? schema : Type.Optional(schema)];
  });
  return Object.fromEntries(marked);
}

/** The body of an action's own route: the agent's id in it is that of a new agent. */
export function bodyOf({ about, payload }: ActionDeclaration): Type.TUnsafe<ActionRequestBody> {
  const id = about === "newAgent" ? { agent_id: Type.Optional(AgentIdText) } : {};
  // The id of an effect is in the path.
  const { effect_id: _effectId, ...fields } = fieldsOf(payload);
  return Type.Unsafe(strict({ ...id, ...fields, ...actionFields }));
}

export const DatabaseCompactBody = strict({});

/** DELETE has no body. */
export const DeleteQuery = strict({
  reason: Type.Optional(Type.Unsafe<string>(reason)),
  actor: actionFields.actor,
});

const { agentPage, stepPage, effectPage, actionPage, usage } = readOptions;

/** An option of a read as a field of a query. */
export function optionField<S extends OptionSchema>(
  schema: S,
  description: string,
): Type.TOptional<Type.TUnsafe<OptionValue<S>>> {
  return Type.Optional(Type.Unsafe<OptionValue<S>>({ ...schema, description }));
}

const pageFields = {
  limit: optionField(agentPage.limit, "most items of the page"),
  cursor: Type.Optional(
    Type.String({ maxLength: QUERY_TEXT_MAX, description: "`next_cursor` of the page before" }),
  ),
};

const filterFields = Object.fromEntries(
  agentFilterEntries.map(([name, { schema, selects }]) => [
    name,
    Type.Optional({ ...schema, description: selects }),
  ]),
);

export const AgentListQuery = Type.Unsafe<AgentFilter & PageRequest & { readonly fields?: "all" }>(
  strict({
    ...filterFields,
    fields: optionField(
      agentPage.fields,
      "`all`: with context, history and whole results; else summaries",
    ),
    ...pageFields,
  }),
);

export const PageQuery = strict(pageFields);

export const AgentStepsQuery = strict({
  iteration: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "the step with this number alone",
    }),
  ),
  status: optionField(stepPage.status, "steps that ended like this"),
  ...pageFields,
});

export const EffectListQuery = strict({
  agent_id: optionField(effectPage.agentId, "effects of this agent"),
  state: optionField(effectPage.state, "effects that are in this state now"),
  ...pageFields,
});

export const ActionListQuery = strict({
  status: optionField(actionPage.status, "actions that have not ended, or that have"),
  outcome: optionField(actionPage.outcome, "actions with this outcome"),
  agent_id: optionField(actionPage.agentId, "actions of this agent"),
  action: optionField(actionPage.action, "actions of this name"),
  ...pageFields,
});

export const UsageQuery = strict({
  period: optionField(usage.period, "the lists are ordered by this period"),
  limit: optionField(usage.limit, "most agents"),
});

export const TypeParams = strict({
  name: Type.String({ minLength: 1, maxLength: 128, description: "name of an agent type" }),
});
export const AgentParams = strict({ agent_id: AgentIdText });
export const StepParams = strict({
  agent_id: AgentIdText,
  iteration: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: "number of the step",
  }),
});
export const EffectParams = strict({
  effect_id: Type.String({ maxLength: EFFECT_ID_MAX, description: "id of an effect" }),
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

export const ActionReadHeaders = Type.Object(preferWait);

/** Headers of every request that enqueues; others are not checked. */
export const ActionHeaders = Type.Object({
  ...preferWait,
  "idempotency-key": Type.Optional(
    Type.String({
      ...patternOf("^[ -~]{1,255}$", "1 to 255 characters of printable ASCII"),
      description: "a request that is repeated with the same key takes effect once",
    }),
  ),
});

/** The body of an action's own route, without the fields of its payload. */
export interface ActionRequestBody {
  readonly actor?: string;
  readonly urgency?: number;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly not_before?: number;
  readonly id?: string;
  readonly agent_id?: string;
}

/** One action of `POST /api/actions`: the payload names its agent, as in the queue. */
export interface NewActionBody extends Omit<ActionRequestBody, "agent_id"> {
  readonly action: ActionName;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The schema of each action for `POST /api/actions`. */
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

/** One action, or several that are stored together or not at all. */
export const ActionsBody = Type.Unsafe<readonly NewActionBody[]>(
  Type.Union([
    NewActionReference,
    Type.Array(NewActionReference, { minItems: 1, maxItems: ENQUEUE_ROWS_MAX }),
  ]),
);

const counted = readOptions.stepCountPage;

const stepFilter = {
  since: optionField(
    counted.since,
    "steps that ended at this time or later, in milliseconds since the epoch",
  ),
  until: optionField(
    counted.until,
    "steps that started before this time, in milliseconds since the epoch",
  ),
  agent: optionField(counted.agentId, "steps of this agent"),
  type: optionField(counted.type, "steps of agents of this type"),
};

export const StepSpansQuery = strict({ ...stepFilter, ...pageFields });

export const StepCountsQuery = strict({
  ...stepFilter,
  bucket_ms: optionField(
    counted.bucketMs,
    "length of a bucket in milliseconds; by default a sixtieth of the time",
  ),
  cursor: pageFields.cursor,
});
