/** The filters of the list of agents as flags of the command line. */

import { Option } from "commander";
import {
  type AgentFilter,
  type AgentFilterName,
  agentFilterEntries,
  agentFilters,
  type FilterDeclaration,
} from "../model/agent-filter.ts";

/** The values of the flags that were given, by flag. */
export type AgentFilterFlags = Readonly<Record<string, unknown>>;

export function agentFilterOptions(): readonly Option[] {
  return agentFilterEntries.map(([name]) => filterOption(name));
}

export function filterOption(name: AgentFilterName): Option {
  const { schema, selects }: FilterDeclaration = agentFilters[name];
  const isEnum = "enum" in schema;
  const option = new Option(`--${flagOf(name)} <${isEnum ? name : "text"}>`, `only ${selects}`);
  return isEnum ? option.choices(schema.enum) : option;
}

/** The filter that these flags mean; commander has checked their values. */
export function agentFilterOf(flags: AgentFilterFlags): AgentFilter {
  const given = agentFilterEntries
    .map(([name]) => [name, flags[flagOf(name)]] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(given);
}

function flagOf(name: AgentFilterName): string {
  const { flag = name }: FilterDeclaration = agentFilters[name];
  return flag;
}
