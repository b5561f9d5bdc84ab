/** One answer from those of several shards. Pure. */

import type { ActionView } from "../../model/agent-view.ts";
import { TroupeError } from "../../model/errors.ts";
import type { TypeView } from "../../model/type-settings.ts";
import { compareTexts } from "./list-order.ts";

/** The error of some shards, with the number of actions that the others have stored. */
export function partlyStored(error: unknown, stored: number, shards: number): unknown {
  if (!(error instanceof TroupeError) || shards === 1) return error;
  const message = `${error.message}; actions enqueued in other shards: ${stored}`;
  return new TroupeError(error.code, message, { cause: error, details: error.details });
}

/** Of one action in several shards: the one that is worst off. */
export function leastDone(views: readonly ActionView[]): ActionView | undefined {
  return (
    views.find(({ processed }) => !processed) ??
    views.find(({ outcome }) => outcome !== "done") ??
    views[0]
  );
}

/** By name; of a type in several shards, that of the first. */
export function firstOfEachType(lists: readonly (readonly TypeView[])[]): readonly TypeView[] {
  const latestFirst = lists.flat().toReversed();
  const byName = new Map(latestFirst.map((type) => [type.name, type]));
  return [...byName.values()].sort((a, b) => compareTexts(a.name, b.name));
}
