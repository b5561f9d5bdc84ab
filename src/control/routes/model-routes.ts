/** The models and their state. */

import { PageQuery } from "../../model/request.ts";
import { ModelPage } from "../../model/response.ts";
import { responses } from "../http/response-schemas.ts";
import { pageOfShort } from "../http/short-list.ts";
import type { App, RouteParts } from "./route-parts.ts";

export function modelRoutes(app: App, { models }: RouteParts): void {
  const list = {
    tags: ["models"],
    operationId: "listModels",
    summary: "The models, all in one page without a limit",
    querystring: PageQuery,
    response: responses({ 200: ModelPage }, ["CURSOR_INVALID"]),
  };
  app.get("/api/models", { schema: list }, async ({ query }) =>
    pageOfShort({ list: "models", items: models(), nameOf: ({ names }) => names.join() }, query),
  );
}
