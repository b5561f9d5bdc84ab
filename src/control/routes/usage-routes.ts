/** What the agents have spent on models. */

import { UsageQuery } from "../../model/request.ts";
import { UsageResponse } from "../../model/response.ts";
import { UsageSums, usageRequestDefault } from "../../model/usage-sums.ts";
import type { ControlParts } from "../control-parts.ts";
import { responses } from "../http/response-schemas.ts";
import type { App } from "./route-parts.ts";

export function usageRoutes(app: App, { store, prices }: ControlParts): void {
  const show = {
    tags: ["models"],
    operationId: "getUsage",
    summary: "What the agents have spent on models",
    querystring: UsageQuery,
    response: responses({ 200: UsageResponse }, ["STORE_UNAVAILABLE"]),
  };
  app.get("/api/usage", { schema: show }, async ({ query }) => {
    const rates = { now: Date.now(), prices: prices() };
    const sums = new UsageSums(rates, { ...usageRequestDefault, ...query });
    await store.agents.visitUsage((agent) => sums.add(agent));
    return sums.view();
  });
}
