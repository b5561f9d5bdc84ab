/** Which agents a key acts on. Invariant: only on those that the page shows that it would. Pure. */

import type { Route } from "./route.ts";

export interface KeyPlace {
  readonly route: Route;
  readonly selected: readonly string[];
  /** The agent that the keyboard is at; null if there is none or the list does not have it. */
  readonly active: string | null;
}

/** On an agent's page that agent, on the list the selected ones or else the marked one, elsewhere none. */
export function targetsOf({ route, selected, active }: KeyPlace): readonly string[] {
  switch (route.page) {
    case "agent":
      return [route.id];
    case "agents":
      if (selected.length > 0) return selected;
      return active === null ? [] : [active];
    case "queue":
    case "create":
      return [];
  }
}
