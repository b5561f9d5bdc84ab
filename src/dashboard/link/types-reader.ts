/** The types of agents that can be created, with the schemas of their config and guidance. */

import type { ListPage } from "../../model/list-page.ts";
import type { Schema } from "../state/json-schema.ts";
import { getJson, RequestError } from "./api.ts";

export interface AgentType {
  readonly name: string;
  /** Null if the type has no schema. */
  readonly config_schema: Schema | null;
  /** Null if the type has none: it takes any object. */
  readonly guidance_schema: Schema | null;
  /** Default milliseconds between the starts of two steps; null if it is not known. */
  readonly interval_ms: number | null;
}

interface TypeView {
  readonly name: string;
  readonly config_schema?: Schema | null;
  readonly guidance_schema?: Schema | null;
  readonly settings?: { readonly interval_ms?: number | null };
}

/** By name; undefined if the server does not list them. @throws {RequestError} */
export async function readTypes(): Promise<readonly AgentType[] | undefined> {
  try {
    const found: AgentType[] = [];
    let cursor: string | null = null;
    do {
      const query = new URLSearchParams({ limit: "1000" });
      if (cursor !== null) query.set("cursor", cursor);
      const page: ListPage<TypeView> = await getJson(`/api/types?${query}`);
      found.push(...page.items.map(toType));
      cursor = page.next_cursor ?? null;
    } while (cursor !== null);
    return found;
  } catch (error) {
    if (error instanceof RequestError && [400, 404].includes(error.status)) return undefined;
    throw error;
  }
}

function toType(type: TypeView): AgentType {
  const { name, config_schema = null, guidance_schema = null, settings } = type;
  return { name, config_schema, guidance_schema, interval_ms: settings?.interval_ms ?? null };
}
