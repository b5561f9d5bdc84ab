/** What a form for guidance says of the schema of a type before anything is typed. Pure. */

import type { GuidanceSchemas } from "./guidance-draft.ts";
import { describeProperties, exampleOf } from "./json-schema.ts";

/** Properties named in a hint; the rest are counted. */
const NAMED_MAX = 4;

export interface GuidanceHint {
  readonly placeholder: string;
  /** Null if nothing is known of it. */
  readonly fields: string | null;
}

export function guidanceHintOf(type: string | undefined, schemas: GuidanceSchemas): GuidanceHint {
  const schema = type === undefined ? undefined : schemas.get(type);
  const known = schema === undefined ? [] : describeProperties(schema);
  const others = known.length - NAMED_MAX;
  const named = [...known.slice(0, NAMED_MAX), ...(others > 0 ? [`${others} more`] : [])];
  return {
    placeholder: (schema && exampleOf(schema)) ?? '{ "subject": "dogs" }',
    fields: named.length === 0 ? null : `An object: ${named.join(", ")}`,
  };
}
