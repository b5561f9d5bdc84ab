/** The queries for the steps of all agents. */

import Type from "typebox";
import { FILTER_TEXT_MAX } from "./agent-filter.ts";
import { TIME_MS_MAX } from "./limits.ts";
import { AgentIdText, pageFields } from "./request.ts";

const time = (description: string) =>
  Type.Integer({ minimum: 0, maximum: TIME_MS_MAX, description });

const since = time("steps that ended at this time or later, in milliseconds since the epoch");

const filter = {
  until: Type.Optional(
    time("steps that started before this time, in milliseconds since the epoch"),
  ),
  agent: Type.Optional(Type.String({ ...AgentIdText, description: "steps of this agent" })),
  type: Type.Optional(
    Type.String({ maxLength: FILTER_TEXT_MAX, description: "steps of agents of this type" }),
  ),
};

export const StepSpansQuery = Type.Object(
  { since: Type.Optional(since), ...filter, ...pageFields },
  { additionalProperties: false },
);

export const StepCountsQuery = Type.Object(
  {
    since: Type.Optional(since),
    ...filter,
    bucket_ms: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: TIME_MS_MAX,
        description: "length of a bucket in milliseconds; by default a sixtieth of the time",
      }),
    ),
    cursor: pageFields.cursor,
  },
  { additionalProperties: false },
);
