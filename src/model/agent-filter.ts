/**
 * The filters of the list of agents: REST's query and its document, the flags of `troupe agent list` and
 * `docs/` are derived from them. What each means for the table is in store/tables/agent-pages.ts.
 * Invariant: declarations are data, because the command line loads them without a schema library.
 */

import type { XStatic } from "typebox/schema";
import { agentStatuses } from "./agent-status.ts";

export interface FilterDeclaration {
  /** JSON Schema of its value, which is always text. */
  readonly schema:
    | { readonly enum: readonly string[] }
    | { readonly type: "string"; readonly maxLength: number };
  /** The agents that it leaves, for REST's document and, after "only", for the flag's help. */
  readonly selects: string;
  /** The flag of the command line, if it has another name there. */
  readonly flag?: string;
}

/** Longest text of a filter, in characters. */
export const FILTER_TEXT_MAX = 2_000;

const text = { type: "string", maxLength: FILTER_TEXT_MAX } as const;

export const agentFilters = {
  status: { schema: { enum: agentStatuses }, selects: "agents in this status" },
  type: { schema: text, selects: "agents of this type" },
  q: { schema: text, selects: "agents with this text in their id or subject", flag: "search" },
} as const satisfies Readonly<Record<string, FilterDeclaration>>;

type Declared = typeof agentFilters;
export type AgentFilterName = keyof Declared;
export type AgentFilter = { readonly [F in AgentFilterName]?: XStatic<Declared[F]["schema"]> };

/** For code that handles all of them. */
export const agentFilterEntries = Object.entries(agentFilters) as readonly (readonly [
  AgentFilterName,
  FilterDeclaration,
])[];
