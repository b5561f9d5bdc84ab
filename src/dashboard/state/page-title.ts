/** The title of the tab, by which a reader finds it among others. Pure. */

import { capitalize } from "../../model/actions/action-registry.ts";
import type { Route } from "./route.ts";

export interface TitleFacts {
  /** Causes that need attention. */
  readonly causes: number;
  /** Why the page shows an old state, or null. */
  readonly staleReason: "lost" | "refused" | null;
}

/** What matters most comes first, because tabs are narrow: a stale page does not show new causes. */
export function titleOf(route: Route, { causes, staleReason }: TitleFacts): string {
  const name = [...namesOf(route), "Troupe"].join(" · ");
  if (staleReason !== null)
    return `${staleReason === "lost" ? "Not connected" : "Signed out"} · ${name}`;
  return causes === 0 ? name : `(${causes}) ${name}`;
}

function namesOf(route: Route): readonly string[] {
  switch (route.page) {
    case "agents":
      return [];
    case "agent":
      return route.tab === undefined ? [route.id] : [route.id, capitalize(route.tab)];
    case "timeline":
      return ["Timeline"];
    case "queue":
      return ["Queue"];
    case "trouble":
      return ["Needs you"];
    case "create":
      return ["Create agent"];
    case "unknown":
      return ["No such page"];
  }
}
