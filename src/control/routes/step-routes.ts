/** The steps of all agents in a time: one by one, and counted. */

import { defined } from "../../model/defined.ts";
import { StepCountsQuery, StepSpansQuery } from "../../model/request.ts";
import { StepCountPage, StepSpanPage } from "../../model/response.ts";
import { responses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["agents"];

export function stepRoutes(app: App, { store }: RouteParts): void {
  const list = {
    tags,
    operationId: "listStepSpans",
    summary: "The steps of all agents in a time, newest first",
    querystring: StepSpansQuery,
    response: responses({ 200: StepSpanPage }, ["CURSOR_INVALID", "STEP_TIME_INVALID"]),
  };
  app.get("/api/steps", { schema: list }, ({ query }) => {
    const { agent, ...others } = query;
    return store.fleetSteps.list({ ...others, ...defined({ agentId: agent }) });
  });
  const count = {
    tags,
    operationId: "countSteps",
    summary: "The steps of all agents in a time, counted",
    querystring: StepCountsQuery,
    response: responses({ 200: StepCountPage }, ["CURSOR_INVALID", "STEP_TIME_INVALID"]),
  };
  app.get("/api/steps/counts", { schema: count }, ({ query }) => {
    const { agent, bucket_ms: bucketMs, ...others } = query;
    return store.fleetSteps.count({ ...others, ...defined({ agentId: agent, bucketMs }) });
  });
}
