/** The types of agents, for forms: read when they are first wanted. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type AgentType, readTypes } from "../link/types-reader.ts";
import type { GuidanceSchemas } from "../state/guidance-draft.ts";

const none: readonly AgentType[] = [];

/** None before they are read, and if they cannot be. */
export function useAgentTypes(isWanted = true): readonly AgentType[] {
  const [types, setTypes] = useState(none);
  useEffect(() => {
    if (!isWanted) return;
    let isShown = true;
    const set = (found: readonly AgentType[] | undefined) => {
      if (isShown && found !== undefined) setTypes(found);
    };
    readTypes().then(set, () => undefined);
    return () => {
      isShown = false;
    };
  }, [isWanted]);
  return types;
}

/** Without a schema any object is accepted: the agent's thread checks it. */
export function useGuidanceSchemas(isWanted: boolean): GuidanceSchemas {
  const types = useAgentTypes(isWanted);
  return useMemo(
    () =>
      new Map(
        types.flatMap(({ name, guidance_schema: schema }) =>
          schema === null ? [] : [[name, schema]],
        ),
      ),
    [types],
  );
}
