/**
 * The options of reads, and the values that each may have: REST's queries and the library's checks are
 * derived from them. In REST some have another name.
 * Invariant: declarations are data, because programs load them without a schema library.
 */

import { actionOutcomes } from "./action-outcomes.ts";
import { type AgentFilterName, agentFilterEntries, FILTER_TEXT_MAX } from "./agent-filter.ts";
import { effectStates } from "./effect-states.ts";
import { AGENT_ID_FORM, AGENT_ID_PATTERN } from "./ids.ts";
import {
  LOG_LINES_KEPT_MAX,
  PAGE_ITEMS_MAX,
  PROFILE_SECONDS_MAX,
  PROFILE_SECONDS_MIN,
  TIME_MS_MAX,
} from "./limits.ts";
import { patternOf } from "./schema-words.ts";
import { stepStatuses } from "./step-status.ts";
import { periods } from "./usage.ts";

/** JSON Schema of a value. */
export type OptionSchema =
  | { readonly enum: readonly string[] }
  | { readonly type: "string"; readonly maxLength?: number; readonly pattern?: string }
  | {
      readonly type: "integer" | "number";
      readonly minimum: number;
      readonly maximum: number;
    };

/** Its TypeScript type. */
export type OptionValue<S extends OptionSchema> = S extends { readonly enum: readonly (infer V)[] }
  ? V
  : S extends { readonly type: "integer" | "number" }
    ? number
    : string;

const text = { type: "string", maxLength: FILTER_TEXT_MAX } as const;
const agentId: { readonly type: "string"; readonly pattern: string } = {
  type: "string",
  ...patternOf(AGENT_ID_PATTERN, AGENT_ID_FORM),
};

function wholeNumber(minimum: number, maximum: number) {
  return { type: "integer", minimum, maximum } as const;
}

/** A cursor of several shards is longer than that of one, so REST has its own limit. */
const pageOptions = { limit: wholeNumber(1, PAGE_ITEMS_MAX), cursor: { type: "string" } } as const;

const spanOptions = {
  agentId,
  type: text,
  since: wholeNumber(0, TIME_MS_MAX),
  until: wholeNumber(0, TIME_MS_MAX),
};

const agentFilter = Object.fromEntries(
  agentFilterEntries.map(([name, { schema }]) => [name, schema]),
) as { readonly [F in AgentFilterName]: OptionSchema };

/** By the read that takes them. */
export const readOptions = {
  agentPage: { ...agentFilter, fields: { enum: ["all"] }, ...pageOptions },
  stepPage: { status: { enum: stepStatuses }, ...pageOptions },
  stepSpanPage: { ...spanOptions, ...pageOptions },
  stepCountPage: {
    ...spanOptions,
    bucketMs: wholeNumber(1, TIME_MS_MAX),
    cursor: pageOptions.cursor,
  },
  stepEffectPage: pageOptions,
  effectPage: { agentId: text, state: { enum: effectStates }, ...pageOptions },
  actionPage: {
    status: { enum: ["pending", "processed"] },
    outcome: { enum: actionOutcomes },
    agentId: text,
    action: text,
    ...pageOptions,
  },
  usage: { period: { enum: periods }, limit: wholeNumber(0, PAGE_ITEMS_MAX) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, OptionSchema>>>>;

const profile = {
  seconds: { type: "number", minimum: PROFILE_SECONDS_MIN, maximum: PROFILE_SECONDS_MAX },
} as const;

/** By the look inside a thread that takes them. */
export const insideOptions = {
  stack: {},
  "cpu-profile": profile,
  "heap-profile": profile,
  "heap-summary": {},
  mailbox: {},
  logs: {
    limit: wholeNumber(1, LOG_LINES_KEPT_MAX),
    after: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, OptionSchema>>>>;
