/** The types of agents: reads them, and changes their settings. */

import { PageQuery, TypeParams } from "../../model/request.ts";
import { TypePage, TypeResponse } from "../../model/response.ts";
import { SettingsChange } from "../../model/type-settings.ts";
import { responses } from "../http/response-schemas.ts";
import { pageOfShort } from "../http/short-list.ts";
import type { App, RouteParts } from "./route-parts.ts";

const tags = ["types"];

export function typeRoutes(app: App, { types }: RouteParts): void {
  const list = {
    tags,
    operationId: "listTypes",
    summary: "The types of agents, all in one page without a limit",
    querystring: PageQuery,
    response: responses({ 200: TypePage }, ["CURSOR_INVALID", "STORE_UNAVAILABLE"]),
  };
  app.get("/api/types", { schema: list }, async ({ query }) => {
    const items = await types.list();
    return pageOfShort({ list: "types", items, nameOf: ({ name }) => name }, query);
  });
  const change = {
    tags,
    operationId: "changeType",
    summary: "Change settings of a type",
    description:
      "Settings that are left out do not change; null removes one from the type's row, so that the " +
      "definition's value or the built-in default counts. Agents use them from their next start on.",
    params: TypeParams,
    body: SettingsChange,
    response: responses({ 200: TypeResponse }, [
      "AGENT_TYPE_UNKNOWN",
      "SETTING_INVALID",
      "STORE_UNAVAILABLE",
      "REQUEST_TOO_LARGE",
      "MEDIA_TYPE_UNSUPPORTED",
    ]),
  };
  app.patch("/api/types/:name", { schema: change }, ({ params, body }) =>
    types.change(params.name, body),
  );
}
