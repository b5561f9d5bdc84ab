/** The queries for the steps of all agents. */

import Type from "typebox";
import { readOptions } from "./read-options.ts";
import { optionField, pageFields } from "./request.ts";

const { since, until, agentId, type, bucketMs } = readOptions.stepCountPage;

const filter = {
  since: optionField(
    since,
    "steps that ended at this time or later, in milliseconds since the epoch",
  ),
  until: optionField(until, "steps that started before this time, in milliseconds since the epoch"),
  agent: optionField(agentId, "steps of this agent"),
  type: optionField(type, "steps of agents of this type"),
};

export const StepSpansQuery = Type.Object(
  { ...filter, ...pageFields },
  { additionalProperties: false },
);

export const StepCountsQuery = Type.Object(
  {
    ...filter,
    bucket_ms: optionField(
      bucketMs,
      "length of a bucket in milliseconds; by default a sixtieth of the time",
    ),
    cursor: pageFields.cursor,
  },
  { additionalProperties: false },
);
