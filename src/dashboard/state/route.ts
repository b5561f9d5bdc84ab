/** Which page is shown, as the part of the address after `#`. */

/** The tabs of an agent's page, in their order; the first one is left out of the address. */
export const agentTabs = [
  "transcript",
  "context",
  "errors",
  "logs",
  "inside",
  "figures",
  "details",
] as const;
export type AgentTabName = (typeof agentTabs)[number];

export type Route =
  | { readonly page: "agents" }
  | { readonly page: "agent"; readonly id: string; readonly tab?: AgentTabName }
  | { readonly page: "timeline" }
  | { readonly page: "queue" }
  | { readonly page: "trouble" }
  | { readonly page: "create" }
  /** No page has this address, which is without its `#`. */
  | { readonly page: "unknown"; readonly address: string };

/** No address at all is the list. */
export function parseRoute(hash: string): Route {
  const address = hash.replace(/^#/, "");
  const unknown: Route = { page: "unknown", address };
  const [before, page = "", ...rest] = address.split("/");
  if (before !== "") return unknown;
  if (page === "timeline") return { page: "timeline" };
  if (page === "queue") return { page: "queue" };
  if (page === "trouble") return { page: "trouble" };
  if (page === "create") return { page: "create" };
  if (page === "" && rest.length === 0) return { page: "agents" };
  if (page !== "agents") return unknown;
  if (rest.length === 0 || rest[0] === "") return { page: "agents" };
  try {
    return agentRoute(rest);
  } catch {
    return unknown;
  }
}

/**
 * A slash of an id is encoded, so that the last segment can be a tab. Only the name of a tab is
 * one: any other segment is a part of an id that was typed by hand.
 */
function agentRoute(segments: readonly string[]): Route {
  const tab = segments.length > 1 ? agentTabs.find((name) => name === segments.at(-1)) : undefined;
  const id = tab === undefined ? segments : segments.slice(0, -1);
  return agentPage(decodeURIComponent(id.join("/")), tab);
}

export function agentPage(id: string, tab: AgentTabName = agentTabs[0]): Route {
  return tab === agentTabs[0] ? { page: "agent", id } : { page: "agent", id, tab };
}

/** The tab that is shown if the page is an agent's. */
export function tabOf(route: Route): AgentTabName {
  return route.page === "agent" && route.tab !== undefined ? route.tab : agentTabs[0];
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "agents":
      return "#/";
    case "agent":
      return `#/agents/${encodeURIComponent(route.id)}${route.tab === undefined ? "" : `/${route.tab}`}`;
    case "timeline":
      return "#/timeline";
    case "queue":
      return "#/queue";
    case "trouble":
      return "#/trouble";
    case "create":
      return "#/create";
    case "unknown":
      return `#${route.address}`;
  }
}
