/** Reads the effects of one step, all pages. */

import type { EffectView } from "../../model/agent-view.ts";
import type { ListPage } from "../../model/list-page.ts";
import { getJson } from "./api.ts";

/** Effects that are shown of one step. */
const EFFECTS_SHOWN_MAX = 1_000;

/** Oldest first. @throws {RequestError} */
export async function readStepEffects(
  agentId: string,
  iteration: number,
  signal: AbortSignal,
): Promise<readonly EffectView[]> {
  const path = `/api/agents/${encodeURIComponent(agentId)}/steps/${iteration}/effects`;
  const effects: EffectView[] = [];
  let cursor: string | null = "";
  while (cursor !== null && effects.length < EFFECTS_SHOWN_MAX) {
    const query: string = cursor === "" ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page: ListPage<EffectView> = await getJson(path + query, signal);
    effects.push(...page.items);
    cursor = page.next_cursor;
  }
  return effects;
}
