/** Which page is shown, as the part of the address after `#`. */

export type Route =
  | { readonly page: "agents" }
  | { readonly page: "agent"; readonly id: string }
  | { readonly page: "queue" }
  | { readonly page: "trouble" }
  | { readonly page: "create" };

/** An unknown address is the list. */
export function parseRoute(hash: string): Route {
  const [, page, ...rest] = hash.replace(/^#/, "").split("/");
  if (page === "queue") return { page: "queue" };
  if (page === "trouble") return { page: "trouble" };
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
    case "queue":
      return "#/queue";
    case "trouble":
      return "#/trouble";
    case "create":
      return "#/create";
  }
}
