/** The models and their state. */

import { ModelPage } from "../../model/response.ts";
import { responses } from "../http/response-schemas.ts";
import type { App, RouteParts } from "./route-parts.ts";

export function modelRoutes(app: App, { models }: RouteParts): void {
  const list = {
    tags: ["models"],
    operationId: "listModels",
    summary: "The models, all in one page",
    response: responses({ 200: ModelPage }, []),
  };
  app.get("/api/models", { schema: list }, async () => ({
    items: [...models()],
    next_cursor: null,
  }));
}
