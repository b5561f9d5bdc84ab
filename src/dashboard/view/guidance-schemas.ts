/** The schemas of guidance for its forms. */

import { useEffect, useState } from "preact/hooks";
import { readTypes } from "../link/types-reader.ts";
import type { GuidanceSchemas } from "../state/guidance-draft.ts";

const noSchemas: GuidanceSchemas = new Map();

/**
 * Read when they are first wanted. Until then, and if they cannot be read, any object is accepted: the
 * agent's thread checks it.
 */
export function useGuidanceSchemas(isWanted: boolean): GuidanceSchemas {
  const [schemas, setSchemas] = useState(noSchemas);
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
