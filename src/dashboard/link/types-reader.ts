/** The types of agents that can be created, with the schemas of their config and guidance. */

import type { Schema } from "../state/json-schema.ts";
import { getPages, RequestError } from "./api.ts";

export interface AgentType {
  readonly name: string;
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
    for await (const items of getPages<TypeView>("/api/types", { limit: 1_000 })) {
      found.push(...items.map(toType));
    }
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
