/** What a look inside an agent's thread shows, as JSON Schema: none of it is stored. */

import Type from "typebox";
import { insideOptions } from "./read-options.ts";
import { optionField } from "./request.ts";
import { Guidance } from "./rows/agent-state-row.ts";
import { Count, JsonObject, orNull, Text, Time } from "./schema-parts.ts";

/** Whose code a frame runs. */
const frameOwners = ["agent", "troupe", "node"] as const;

/** One call on a stack. Lines and columns count from 1. */
export const StackFrameSchema = Type.Object({
  /** Empty for a function without a name. */
  function: Text,
  /** Path of the source, or the URL if it is no file. */
  file: Text,
  line: Count,
  column: Count,
  owner: Type.Enum([...frameOwners]),
});

export const StackSchema = Type.Object(
  {
    agent_id: Text,
    at: Time,
    /** `starting`, `idle`, `step`, …: what the thread says that it does. */
    phase: Text,
    /** Of the step under way in phase `step`, of the last one that has ended in the others. */
    iteration: Count,
    /** The call that runs comes first. Empty: no JavaScript runs, so the thread waits for an event. */
    frames: Type.Array(StackFrameSchema),
  },
  { $id: "Stack" },
);

export const HeapSummarySchema = Type.Object(
  {
    agent_id: Text,
    at: Time,
    /** Bytes and number of all objects. */
    total_bytes: Count,
    total_count: Count,
    /** The largest, by the sum of their own bytes; kinds without a constructor are in parentheses. */
    items: Type.Array(Type.Object({ constructor: Text, count: Count, bytes: Count })),
  },
  { $id: "HeapSummary" },
);

/** A line of `ctx.log` or of the console. */
export const LogLineSchema = Type.Object({
  /**
   * Grows by one with each line of the agent, and never starts again: the first line of a process, or
   * after earlier ones were forgotten, has a number above all before it, made from the time.
   */
  n: Count,
  at: Time,
  level: Type.Enum(["debug", "info", "warn", "error"]),
  message: Text,
  fields: orNull(JsonObject),
  generation: Count,
});

export const LogPageSchema = Type.Object(
  { items: Type.Array(LogLineSchema), next_cursor: Type.Null() },
  { $id: "LogPage" },
);

export const MailboxSchema = Type.Object(
  { items: Type.Array(Guidance), next_cursor: Type.Null() },
  { $id: "Mailbox" },
);

/** Chrome's format of processor profiles, as its tools read it. */
export const CpuProfileSchema = Type.Object(
  {
    nodes: Type.Array(
      Type.Object({
        id: Count,
        callFrame: Type.Object({
          functionName: Text,
          scriptId: Text,
          url: Text,
          lineNumber: Type.Integer(),
          columnNumber: Type.Integer(),
        }),
        hitCount: Type.Optional(Count),
        children: Type.Optional(Type.Array(Count)),
      }),
    ),
    /** Microseconds of one monotonic clock. */
    startTime: Type.Number(),
    endTime: Type.Number(),
    samples: Type.Array(Count),
    timeDeltas: Type.Array(Type.Number()),
  },
  { $id: "CpuProfile" },
);

/** Chrome's format of sampled heap profiles; `head` is a tree of call frames. */
export const HeapProfileSchema = Type.Object(
  { head: JsonObject, samples: Type.Optional(Type.Array(JsonObject)) },
  { $id: "HeapProfile" },
);

export const ProfileQuery = Type.Object(
  {
    seconds: optionField(
      insideOptions["cpu-profile"].seconds,
      "how long the profile is taken; 5 if left out",
    ),
  },
  { additionalProperties: false },
);

export const LogQuery = Type.Object(
  {
    limit: optionField(insideOptions.logs.limit, "the last lines"),
    after: optionField(insideOptions.logs.after, "only lines whose `n` is greater"),
  },
  { additionalProperties: false },
);
