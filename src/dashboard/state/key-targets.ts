/** Which agents a key acts on. Invariant: only agents that the page shows as its targets. Pure. */

import type { Route } from "./route.ts";

export interface KeyPlace {
  readonly route: Route;
  readonly selected: readonly string[];
  /** The agent of the active line; null if there is none or it is not listed. */
  readonly active: string | null;
}

/**
 * On an agent's page that agent; in the list the selected ones or else the active one; elsewhere
 * none.
 */
export function targetsOf({ route, selected, active }: KeyPlace): readonly string[] {
  switch (route.page) {
    case "agent":
      return [route.id];
    case "agents":
      if (selected.length > 0) return selected;
      return active === null ? [] : [active];
    case "timeline":
    case "queue":
    case "trouble":
    case "create":
    case "unknown":
      return [];
  }
}
