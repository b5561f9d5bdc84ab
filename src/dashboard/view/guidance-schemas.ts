/** The schemas of guidance for its forms, and the hints that they give. */

import { useEffect, useState } from "preact/hooks";
import { readTypes } from "../link/types-reader.ts";
import type { GuidanceSchemas } from "../state/guidance-draft.ts";
import { describeProperties, exampleOf } from "../state/json-schema.ts";

/** Properties named in a hint; the rest are counted. */
const NAMED_MAX = 4;
const none: GuidanceSchemas = new Map();

/**
 * Read when they are first wanted. Until then, and if they cannot be read, any object is accepted: the
 * agent's thread checks it.
 */
export function useGuidanceSchemas(isWanted: boolean): GuidanceSchemas {
  const [schemas, setSchemas] = useState(none);
  useEffect(() => {
    if (!isWanted) return;
    let isShown = true;
    const set = (found: GuidanceSchemas) => {
      if (isShown) setSchemas(found);
    };
    readSchemas().then(set, () => undefined);
    return () => {
      isShown = false;
    };
  }, [isWanted]);
  return schemas;
}

async function readSchemas(): Promise<GuidanceSchemas> {
  const types = (await readTypes()) ?? [];
  return new Map(
    types.flatMap(({ name, guidance_schema: schema }) => (schema === null ? [] : [[name, schema]])),
  );
}

export interface GuidanceHint {
  readonly placeholder: string;
  /** Null if nothing is known of it. */
  readonly fields: string | null;
}

/** For guidance to agents of one type. */
export function hintOf(type: string | undefined, schemas: GuidanceSchemas): GuidanceHint {
  const schema = type === undefined ? undefined : schemas.get(type);
  const known = schema === undefined ? [] : describeProperties(schema);
  const others = known.length - NAMED_MAX;
  const named = [...known.slice(0, NAMED_MAX), ...(others > 0 ? [`${others} more`] : [])];
  return {
    placeholder: (schema && exampleOf(schema)) ?? '{ "subject": "dogs" }',
    fields: named.length === 0 ? null : `An object: ${named.join(", ")}`,
  };
}
