/** Which page is shown, as the part of the address after `#`. */

export type Route =
  | { readonly page: "agents" }
  | { readonly page: "agent"; readonly id: string }
  | { readonly page: "timeline" }
  | { readonly page: "queue" }
  | { readonly page: "create" };

/** An unknown address is the list. */
export function parseRoute(hash: string): Route {
  const [, page, ...rest] = hash.replace(/^#/, "").split("/");
  if (page === "timeline") return { page: "timeline" };
  if (page === "queue") return { page: "queue" };
  if (page === "create") return { page: "create" };
  if (page !== "agents" || rest.length === 0 || rest[0] === "") return { page: "agents" };
  try {
    return { page: "agent", id: decodeURIComponent(rest.join("/")) };
  } catch {
    return { page: "agents" };
  }
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "agents":
      return "#/";
    case "agent":
      return `#/agents/${encodeURIComponent(route.id)}`;
    case "timeline":
      return "#/timeline";
    case "queue":
      return "#/queue";
    case "create":
      return "#/create";
  }
}
